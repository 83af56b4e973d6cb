import ParsecCore

/// The order in which the reference inserts the events of a dump (`protocol.md` section 8.4, conversion detail 2).
///
/// Again and again, the first peer whose next event has all parents in place gets it in place. Naively that asks every
/// peer for every event; here an event counts its missing parents, and the last of them to be placed tells it.
///
/// That rule comes to a halt where the branches of a fork wait for each other: an event of a branch may descend, by way
/// of other peers, from a later one of another branch, but is queued before it. Then one event that is out of turn but
/// has its parents is placed, the one that has been waiting longest. So only a cycle is left out.
struct InsertionOrder {
    let creators: [PeerID]

    /// For each event its index by creator and fork index.
    let places: [(index: Int, fork: Int)]
    let parents: [[Int]]

    /// Computes the order; events that can never be inserted are missing from it.
    func sequence(_ precedes: (PeerID, PeerID) -> Bool) -> [Int] {
        let peers = Set(creators).sorted(by: precedes)
        let ranks = Dictionary(uniqueKeysWithValues: peers.enumerated().map { ($1, $0) })
        let owners = creators.map { ranks[$0] ?? 0 }
        var queues = [[Int]](repeating: [], count: peers.count)
        for event in creators.indices { queues[owners[event]].append(event) }
        for peer in queues.indices { queues[peer].sort { places[$0] < places[$1] } }

        var missing = parents.map(\.count)
        var children = [[Int]](repeating: [], count: creators.count)
        // By peer and place, so that nothing depends on the order in which a file names the events.
        for event in queues.joined() { for parent in parents[event] { children[parent].append(event) } }

        var isPlaced = [Bool](repeating: false, count: creators.count)
        var nextPosition = [Int](repeating: 0, count: peers.count)
        var ready = PeerSet()
        var complete = queues.joined().filter { missing[$0] == 0 }
        var firstComplete = 0
        var order: [Int] = []

        /// Goes on to the peer's next event that is not placed, and makes the peer ready if that has its parents.
        func advance(_ peer: Int) {
            while nextPosition[peer] < queues[peer].count, isPlaced[queues[peer][nextPosition[peer]]] {
                nextPosition[peer] += 1
            }
            if nextPosition[peer] < queues[peer].count, missing[queues[peer][nextPosition[peer]]] == 0 {
                ready.insert(PeerIndex(peer))
            } else {
                ready.remove(PeerIndex(peer))
            }
        }

        func place(_ event: Int) {
            isPlaced[event] = true
            order.append(event)
            for child in children[event] {
                missing[child] -= 1
                guard missing[child] == 0 else { continue }
                complete.append(child)
                advance(owners[child])
            }
            advance(owners[event])
        }

        for peer in queues.indices { advance(peer) }
        while true {
            if let first = ready.first(where: { _ in true }) {
                place(queues[first.position][nextPosition[first.position]])
                continue
            }
            while firstComplete < complete.count, isPlaced[complete[firstComplete]] { firstComplete += 1 }
            guard firstComplete < complete.count else { return order }
            place(complete[firstComplete])
        }
    }
}
