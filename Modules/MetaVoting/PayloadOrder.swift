import ParsecCore
import Voting

/// The order of payloads that one election decides (`protocol.md` section 4.8).
struct PayloadOrder: Sendable {
    private struct Rank {
        let payload: ObservationIndex
        var position: Int
        var listCount = 0
    }

    /// For each payload 1 + its place among those that are merged; 0 for all between two merges.
    private var places: [UInt32] = []

    /// Merges the contents of candidates: by the foremost position in any, then by how many contain the payload, most
    /// first, then by digest and voter.
    mutating func merge(_ contents: [[ObservationIndex]], store: ObservationStore) -> [ObservationIndex] {
        if places.count < store.count { places += repeatElement(0, count: store.count - places.count) }
        var ranks: [Rank] = []
        for content in contents {
            for (position, payload) in content.enumerated() {
                if places[payload.position] == 0 {
                    ranks.append(Rank(payload: payload, position: position))
                    places[payload.position] = UInt32(ranks.count)
                }
                let place = Int(places[payload.position]) - 1
                ranks[place].position = min(ranks[place].position, position)
                ranks[place].listCount += 1
            }
        }
        for rank in ranks { places[rank.payload.position] = 0 }
        ranks.sort { a, b in
            if a.position != b.position { return a.position < b.position }
            if a.listCount != b.listCount { return a.listCount > b.listCount }
            return store.precedes(a.payload, b.payload)
        }
        return ranks.map(\.payload)
    }
}
