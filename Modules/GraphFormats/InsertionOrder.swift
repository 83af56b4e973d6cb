import ParsecCore

/// The order in which the reference inserts the events of a dump (`protocol.md` section 8.4, conversion detail 2).
///
/// Again and again, the first peer whose next event has all parents in place gets it in place. Naively that asks every
/// peer for every event; here a peer whose next event waits for a parent is woken by that parent.
struct InsertionOrder {
    let creators: [PeerID]

    /// For each event its index by creator and fork index.
    let places: [(index: Int, fork: Int)]
    let parents: [[Int]]

    /// Computes the order; events that can never be inserted are missing from it.
    func sequence(_ precedes: (PeerID, PeerID) -> Bool) -> [Int] {
        let peers = Set(creators).sorted(by: precedes)
        let ranks = Dictionary(uniqueKeysWithValues: peers.enumerated().map { ($1, $0) })
        var queues = [[Int]](repeating: [], count: peers.count)
        for event in creators.indices { queues[ranks[creators[event]] ?? 0].append(event) }
        for peer in queues.indices { queues[peer].sort { places[$0] < places[$1] } }

        var isPlaced = [Bool](repeating: false, count: creators.count)
        var nextPosition = [Int](repeating: 0, count: peers.count)
        var waiting: [Int: [Int]] = [:]
        var ready = PeerSet()
        var order: [Int] = []

        /// Makes a peer ready, or lets it wait for the first parent that is missing.
        func consider(_ peer: Int) {
            guard nextPosition[peer] < queues[peer].count else { return }
            let event = queues[peer][nextPosition[peer]]
            if let missing = parents[event].first(where: { !isPlaced[$0] }) {
                waiting[missing, default: []].append(peer)
            } else {
                ready.insert(PeerIndex(peer))
            }
        }

        for peer in queues.indices { consider(peer) }
        while let first = ready.first(where: { _ in true }) {
            let peer = first.position
            ready.remove(first)
            let event = queues[peer][nextPosition[peer]]
            nextPosition[peer] += 1
            isPlaced[event] = true
            order.append(event)
            consider(peer)
            for waiter in waiting.removeValue(forKey: event) ?? [] { consider(waiter) }
        }
        return order
    }
}
