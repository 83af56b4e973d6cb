import GraphFormats
import Membership
import ParsecCore
import Simulation
import Voting

/// A random graph of events, some of them on branches of forks, as a dump of the first peer.
struct RandomGraph {
    let dump: GraphDump

    init(peers peerCount: Int, events eventCount: Int, forks: Bool, seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let peers = (0..<peerCount).map { PeerID("P\(100 + $0)") }
        var events: [GraphDump.Event] = []
        var tips = [[Int]](repeating: [], count: peerCount)
        var slots = [[Int]](repeating: [], count: peerCount)
        while events.count < eventCount {
            let peer = Int.random(in: 0..<peerCount, using: &random)
            var selfParent = tips[peer].randomElement(using: &random)
            // A fork continues an event that was continued before.
            if forks, let tip = selfParent, Int.random(in: 0..<8, using: &random) == 0 {
                selfParent = events[tip].selfParent ?? tip
            }
            let index = selfParent.map { events[$0].indexByCreator + 1 } ?? 0
            let other = Int.random(in: 0..<max(1, events.count), using: &random)
            let hasOther = selfParent != nil && events[other].creator != peers[peer]
            if slots[peer].count <= index { slots[peer].append(0) }
            events.append(
                GraphDump.Event(
                    creator: peers[peer],
                    indexByCreator: index,
                    forkIndex: slots[peer][index],
                    cause: selfParent == nil ? .initial : hasOther ? .request : .observation([.opaque("x")]),
                    selfParent: selfParent,
                    otherParent: hasOther ? other : nil
                )
            )
            slots[peer][index] += 1
            tips[peer].removeAll { $0 == selfParent }
            tips[peer].append(events.count - 1)
        }
        dump = GraphDump(
            ourID: peers[0],
            peers: peers.map { GraphDump.Peer(id: $0, state: []) },
            mode: .supermajority,
            events: events
        )
    }

    /// The order of insertion by its definition: the first peer, our own before the others in ascending order, whose
    /// next event has its parents, gets that event; then from the first peer again.
    func insertionOrder() -> [Int] {
        let others = dump.peers.map(\.id).filter { $0 != dump.ourID }.sorted()
        var queues = ([dump.ourID] + others).map { peer in
            Array(
                dump.events.indices.filter { dump.events[$0].creator == peer }
                    .sorted {
                        let (a, b) = (dump.events[$0], dump.events[$1])
                        return (a.indexByCreator, a.forkIndex) < (b.indexByCreator, b.forkIndex)
                    }
                    .reversed()
            )
        }
        var isInserted = [Bool](repeating: false, count: dump.events.count)
        var order: [Int] = []
        while let peer = queues.indices.first(where: { peer in
            guard let next = queues[peer].last else { return false }
            let parents = [dump.events[next].selfParent, dump.events[next].otherParent].compactMap { $0 }
            return parents.allSatisfy { isInserted[$0] }
        }) {
            let event = queues[peer].removeLast()
            isInserted[event] = true
            order.append(event)
        }
        return order
    }
}
