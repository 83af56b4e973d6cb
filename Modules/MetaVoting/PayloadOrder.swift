import ParsecCore
import Voting

/// The order of payloads that one election decides (`protocol.md` section 4.8).
enum PayloadOrder {
    private struct Rank {
        let payload: ObservationIndex
        var position: Int
        var listCount = 0
    }

    /// Merges the contents of candidates: by the foremost position in any, then by how many contain the payload, most
    /// first, then by digest and voter.
    static func merge(_ contents: [[ObservationIndex]], store: ObservationStore) -> [ObservationIndex] {
        var ranks: [Rank] = []
        var places: [ObservationIndex: Int] = [:]
        for content in contents {
            for (position, payload) in content.enumerated() {
                let place = places[payload] ?? ranks.count
                if place == ranks.count {
                    places[payload] = place
                    ranks.append(Rank(payload: payload, position: position))
                }
                ranks[place].position = min(ranks[place].position, position)
                ranks[place].listCount += 1
            }
        }
        ranks.sort { a, b in
            if a.position != b.position { return a.position < b.position }
            if a.listCount != b.listCount { return a.listCount > b.listCount }
            return store.precedes(a.payload, b.payload)
        }
        return ranks.map(\.payload)
    }
}
