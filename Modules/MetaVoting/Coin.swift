public import GossipGraph
public import ParsecCore

/// The coin that a round of an agreement flips when its voters are split.
///
/// It has to be common: whoever evaluates the same event gets the same answer. An adversary that can tell it in
/// advance may keep an agreement from ending, but never make it end differently (`protocol.md` section 4.7.6).
public protocol Coin: Sendable {
    /// The outcome, or nil if it is not known at that event yet; it is then asked for again at later events.
    func value(of flip: CoinFlip, in graph: Graph) -> Bool?
}

/// One toss of a coin.
public struct CoinFlip: Hashable, Sendable {
    /// How many elections were decided before.
    public let election: Int

    /// How many attempts of this election decided that no candidate counts.
    public let attempt: Int

    /// The round whose first estimate the coin gives: the flip at the end of round `r` is that of round `r + 1`.
    public let round: Int

    /// Whose candidate the agreement is about.
    public let voter: PeerIndex

    /// The event at which the coin is needed.
    public let event: EventIndex

    public init(election: Int, attempt: Int, round: Int, voter: PeerIndex, event: EventIndex) {
        self.election = election
        self.attempt = attempt
        self.round = round
        self.voter = voter
        self.event = event
    }
}

/// The coin that shows the parity of the round: false, true, false and so on.
///
/// Everybody can tell it in advance, so that who controls the network can delay decisions for as long as it does.
public struct AlternatingCoin: Coin {
    public init() {}

    public func value(of flip: CoinFlip, in graph: Graph) -> Bool? { flip.round % 2 == 1 }
}
