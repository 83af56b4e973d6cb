import GossipGraph
import MetaVoting
import Synchronization

/// The coin of the engine, which remembers how it fell.
final class RememberingCoin: Coin {
    private let tosses = Mutex<[CoinFlip: Bool]>([:])

    func value(of flip: CoinFlip, in graph: Graph) -> Bool? {
        let value = AlternatingCoin().value(of: flip, in: graph)
        if let value { tosses.withLock { $0[flip] = value } }
        return value
    }

    /// The tosses that are meant, in the order of their events.
    func tosses(where isMeant: (CoinFlip) -> Bool) -> [(flip: CoinFlip, value: Bool)] {
        tosses.withLock { $0.filter { isMeant($0.key) } }
            .sorted { ($0.key.event, $0.key.round) < ($1.key.event, $1.key.round) }
            .map { ($0.key, $0.value) }
    }
}
