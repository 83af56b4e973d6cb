import GossipGraph
package import MetaVoting
public import ParsecCore
public import Voting

/// What one election decided.
public struct Decision: Hashable, Sendable {
    /// One decided payload.
    public struct Payload: Hashable, Sendable {
        public let observation: DigestedObservation

        /// Who voted for the payload, if one vote decides it; else nil.
        public let voter: PeerID?

        /// The votes by voters of the election that were in the graph, one per voter, in ascending order of the voters'
        /// identities.
        public let votes: [Vote]

        /// Whether the payload is handed out as a block: not if it is internal to a key generation, or if its only
        /// vote is by a peer that votes no longer (`protocol.md` section 4.9).
        public var isBlock: Bool { !votes.isEmpty && !observation.observation.isInternal }
    }

    /// How many elections were decided before.
    public let election: Int

    /// The event at which this graph shows the decision first.
    public let event: EventIndex

    /// The number of events in the graph when it was decided.
    public let eventCount: Int

    /// The voters of the election, in ascending order.
    public let voters: [PeerID]

    /// The payloads in their agreed order.
    public let payloads: [Payload]

    package let outcome: MetaElection.Decision
}
