import ModelKit
import ParsecCore
import Simulation
import Voting

/// Makes a random graph in which everybody forks: at any own event, with second Initial events, without any protocol.
///
/// Relations between events are defined for it all the same, and far more entangled than in a network's graph.
func wildGraph(seed: UInt64) -> ModelGraph {
    var random = SeededGenerator(seed: seed)
    let peers = (0..<Int.random(in: 2...7, using: &random)).map { PeerID("P\($0)") }
    let forkChance = Int.random(in: 0...25, using: &random)
    var graph = ModelGraph(genesis: peers, mode: .supermajority)
    var own: [PeerID: [Int]] = [:]
    for number in 0..<Int.random(in: 30...130, using: &random) {
        guard let creator = peers.randomElement(using: &random) else { continue }
        let known = own[creator] ?? []
        var event = ModelEvent(creator: creator, cause: .initial)
        if let tip = known.last, !random.chance(3) {
            event.selfParent = random.chance(forkChance) ? known.randomElement(using: &random) : tip
            let others = graph.events.indices.suffix(40).filter { graph.events[$0].creator != creator }
            let other = random.chance(60) ? others.randomElement(using: &random) : nil
            switch other {
            case let other?:
                event.cause = random.chance(50) ? .request : .response
                event.otherParent = other
            case nil where random.chance(60):
                event.cause = .observation([.opaque(Array("\(number)".utf8))])
            case nil:
                event.cause = .requesting(peers[number % peers.count])
            }
        }
        own[creator, default: []].append(graph.append(event))
    }
    return graph
}
