/// What a link between two peers does to messages.
public struct LinkQuality: Hashable, Sendable {
    /// How long messages are under way.
    public var delay: DelayDistribution

    /// The probability with which a message is lost.
    public var loss: Double

    /// The probability with which a message arrives twice.
    public var duplication: Double

    /// The probability with which a message may overtake and be overtaken; the others arrive in the order in which they
    /// were sent.
    public var reordering: Double

    public init(
        delay: DelayDistribution = .uniform(5...40),
        loss: Double = 0,
        duplication: Double = 0,
        reordering: Double = 0
    ) {
        self.delay = delay
        self.loss = loss
        self.duplication = duplication
        self.reordering = reordering
    }
}
