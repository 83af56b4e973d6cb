package import GossipGraph
package import ParsecCore
package import Voting

/// An event of a message, with its digests.
///
/// An object, so that one serves all messages that bring the event within a process.
package final class Arrival: Hashable, Sendable {
    package let event: GossipEvent
    package let cause: EventCause<PeerID, Digest, DigestedObservation>
    package let digest: Digest

    /// The root over the digests of the event's votes, if it has any and the root was computed.
    package let root: Digest?

    /// - Parameters:
    ///   - observations: the digests of the event's observations, in their order.
    ///   - digest: that of the event, in the network of the engine that takes it.
    package init(_ event: GossipEvent, observations: [Digest], digest: Digest, root: Digest? = nil) {
        self.event = event
        self.root = root
        var position = 0
        cause = event.cause.mapObservations { observation in
            defer { position += 1 }
            return DigestedObservation(observation, digest: observations[position])
        }
        self.digest = digest
    }

    package static func == (a: Arrival, b: Arrival) -> Bool {
        a.event == b.event && a.cause == b.cause && a.digest == b.digest
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(digest) }
}
