public import ParsecCore

/// One vote: a place in the graph where a peer voted for a payload.
public struct Vote: Hashable, Sendable {
    public let voter: PeerIndex
    public let event: EventIndex

    /// The place of the observation inside the event.
    public let position: Int

    public init(voter: PeerIndex, event: EventIndex, position: Int) {
        self.voter = voter
        self.event = event
        self.position = position
    }
}
