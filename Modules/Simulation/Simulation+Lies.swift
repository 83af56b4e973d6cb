import Consensus
import GossipGraph
import Membership
import ParsecCore
import Voting

/// What liars do beside what their engines do by themselves.
extension Simulation {
    /// The most times that a liar does something of this kind, so that the network can come to rest.
    private static let mostLies = 12

    mutating func beginMisbehaviour(_ id: PeerID, _ way: Misbehaviour) {
        guard let peer = indices[id], peers[peer].life == .running else {
            if checker.removals[id] == nil { waitingLiars.append((id, way)) }
            return
        }
        peers[peer].isHonest = false
        peers[peer].misbehaviours.insert(way)
        if way == .accomplice { _ = try? call(peer, 0, .conceal) }
    }

    /// Whether a liar keeps a message from its receiver.
    func isWithheld(from sender: Int, to receiver: Int) -> Bool {
        let ways = peers[sender].misbehaviours
        return ways.contains(.silent) || ways.contains(.selective) && (sender + receiver) % 2 == 0
    }

    /// A liar that acts of itself breaks a rule now and then.
    mutating func misbehave(_ peer: Int, _ number: Int) {
        guard peers[peer].lies < Simulation.mostLies, generator.happens(0.4) else { return }
        let ways = Misbehaviour.allCases.filter(peers[peer].misbehaviours.contains)
        guard let way = ways.randomElement(using: &generator) else { return }
        peers[peer].lies += 1
        for cause in causes(of: way, peer, number) { _ = try? call(peer, number, .lie(cause)) }
        if way == .replayer, let old = peers[peer].sent.randomElement(using: &generator) {
            send(.gossip(old.message), from: peer, number, to: old.receiver)
        }
    }

    /// Remembers what a replayer may send again.
    mutating func remember(_ message: GossipMessage, from sender: Int, to receiver: Int) {
        guard peers[sender].misbehaviours.contains(.replayer), peers[sender].sent.count < 40 else { return }
        peers[sender].sent.append((message, receiver))
    }

    private mutating func causes(of way: Misbehaviour, _ peer: Int, _ number: Int) -> [GossipEvent.Cause] {
        let engine = peers[peer].instances[number].engine
        let graph = engine.agreement.graph
        func digest(of event: EventIndex?) -> Digest? { event.map(graph.digest) }
        let events = graph.events.filter { graph.creator(of: $0) != engine.agreement.peers.ourself }
        switch way {
        case .silent, .selective, .accomplice, .replayer: return []
        case .doubleVoter:
            let votes = graph.events.filter {
                graph.creator(of: $0) == engine.agreement.peers.ourself && graph.kind(of: $0) == .observation
            }
            guard let vote = votes.randomElement(using: &generator) else { return [] }
            return [.observation(graph.observations(of: vote).map { engine.agreement.store.observation(of: $0) })]
        case .falseAccuser:
            let others = peers.map(\.id).filter { $0 != engine.id }
            guard let offender = others.randomElement(using: &generator),
                let offence = Offence.allCases.randomElement(using: &generator)
            else { return [] }
            return [.observation([.accusation(offender: offender, malice: .shown(offence))])]
        case .wrongParents:
            guard let parent = digest(of: events.randomElement(using: &generator)) else { return [] }
            return [generator.happens(0.5) ? .request(otherParent: parent) : .response(otherParent: parent)]
        case .lateGenesis:
            let group = generator.happens(0.5) ? network.genesis : [engine.id]
            return [.observation([.genesis(group: group, info: [])])]
        case .flooder:
            return (0..<Int.random(in: 1...20, using: &generator)).map { _ in
                .observation([.opaque((0..<8).map { _ in UInt8.random(in: 0...255, using: &generator) })])
            }
        }
    }
}
