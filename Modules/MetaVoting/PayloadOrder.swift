import ParsecCore
import Voting

/// The order of payloads that one election decides (`protocol.md` section 4.8).
struct PayloadOrder: Sendable {
    /// For each payload 1 + its place among those that are merged; 0 for all between two merges.
    private var places: [UInt32] = []

    /// Merges the contents of candidates: by the foremost position in any, then by how many contain the payload, most
    /// first, then by digest and voter.
    mutating func merge(_ contents: [[ObservationIndex]], store: ObservationStore) -> [ObservationIndex] {
        if places.count < store.count { places += repeatElement(0, count: store.count - places.count) }
        var ranks: [PayloadRank] = []
        for content in contents {
            for (position, payload) in content.enumerated() {
                if places[payload.position] == 0 {
                    ranks.append(PayloadRank(payload, first: UInt64(position), second: .max))
                    places[payload.position] = UInt32(ranks.count)
                }
                let place = Int(places[payload.position]) - 1
                ranks[place].first = min(ranks[place].first, UInt64(position))
                // One less for each list, so that more lists come first.
                ranks[place].second -= 1
            }
        }
        for rank in ranks { places[rank.payload.position] = 0 }
        return PayloadRank.sorted(&ranks, store: store)
    }
}

/// What a payload is sorted by: two numbers, then digest and voter.
struct PayloadRank {
    let payload: ObservationIndex
    var first: UInt64
    var second: UInt64

    /// How the digest begins; looked up when payloads are put in order.
    private var digestStart: UInt64 = 0

    init(_ payload: ObservationIndex, first: UInt64, second: UInt64) {
        (self.payload, self.first, self.second) = (payload, first, second)
    }

    private var key: (UInt64, UInt64, UInt64) { (first, second, digestStart) }

    /// The payloads in order; their ranks are sorted on the way.
    static func sorted(_ ranks: inout [PayloadRank], store: ObservationStore) -> [ObservationIndex] {
        for position in ranks.indices { ranks[position].digestStart = store.digest(of: ranks[position].payload).word0 }
        ranks.sort { $0.key < $1.key }
        // Whole digests and voters are seldom needed, and a closure that has the store copies all its columns.
        if zip(ranks, ranks.dropFirst()).contains(where: { $0.key == $1.key }) {
            ranks.sort { $0.key == $1.key ? store.precedes($0.payload, $1.payload) : $0.key < $1.key }
        }
        return ranks.map(\.payload)
    }
}
