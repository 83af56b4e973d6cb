public import ParsecCore

/// An event at which payloads become interesting to its creator (`protocol.md` section 4.5).
public struct InterestingEvent: Hashable, Sendable {
    public let event: EventIndex

    /// The payloads: those that the creator voted for itself first, in the order of its votes.
    public let content: [ObservationIndex]

    public init(event: EventIndex, content: [ObservationIndex]) {
        self.event = event
        self.content = content
    }
}
