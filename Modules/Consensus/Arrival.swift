package import GossipGraph
package import ParsecCore
package import Voting

/// An event of a message, with its digests.
package struct Arrival: Hashable, Sendable {
    package let event: GossipEvent
    package let cause: EventCause<PeerID, Digest, DigestedObservation>
    package let digest: Digest

    /// - Parameters:
    ///   - observations: the digests of the event's observations, in their order.
    ///   - digest: that of the event, in the network of the engine that takes it.
    package init(_ event: GossipEvent, observations: [Digest], digest: Digest) {
        var rest = observations[...]
        self.event = event
        cause = event.cause.mapObservations { DigestedObservation($0, digest: rest.removeFirst()) }
        self.digest = digest
    }
}
