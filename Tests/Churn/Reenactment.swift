import Consensus
import GossipGraph
import GraphFormats
import Membership
import ParsecCore
import Simulation
import Testing
import Voting

/// Engines of the initial group that do again what a recorded graph shows: each makes its own peer's events.
///
/// The events are the same but for digests and signatures, so that an engine is where the recorded peer was.
struct Reenactment {
    let dump: GraphDump
    let network: Network
    private var engines: [PeerID: Engine] = [:]

    /// The events as positions in the dump, in the order in which the owner got them.
    private let order: [Int]

    /// For each event of the dump its digest in this network.
    private var digests: [Int: Digest] = [:]

    /// Makes all events of a graph that has no forks, and brings those that its owner knew to the owner's engine.
    ///
    /// - Parameter isLastLeftOut: whether the owner's engine has yet to hear of the last event.
    init(_ recorded: RecordedGraph, isLastLeftOut: Bool = true) throws {
        dump = try recorded.dump()
        order = ReplayOrder.order(of: dump)
        network = Network(genesis: try #require(dump.genesis), mode: dump.mode)
        for id in network.genesis {
            engines[id] = try Engine(member: .simulated(id, digests: ReferenceDigests()), of: network)
        }
        for position in order { try make(position) }
        for position in order.dropLast(isLastLeftOut ? 1 : 0) { try tellOwner(upTo: position) }
    }

    subscript(name: PeerID) -> Engine {
        get throws { try #require(engines[name]) }
    }

    /// The engine of the peer whose graph was recorded.
    var owner: Engine {
        get throws { try self[dump.ourID] }
    }

    /// The message by which the owner hears of the last event of the recorded graph.
    func lastMessage() throws -> (message: GossipMessage, sender: PeerID) {
        let position = try #require(order.last)
        return (try message(.response, upTo: position), dump.events[position].creator)
    }

    /// The creator's own words about an event and all before it.
    private func message(_ kind: GossipMessage.Kind, upTo position: Int) throws -> GossipMessage {
        let sender = try self[dump.events[position].creator]
        let graph = sender.agreement.graph
        let head = try #require(graph.event(withDigest: digest(position)))
        return GossipMessage(kind: kind, events: graph.ancestors(of: head).map(sender.gossipEvent))
    }

    /// Lets the owner hear of an event in a message that answers nothing.
    private mutating func tellOwner(upTo position: Int) throws {
        let creator = dump.events[position].creator
        var engine = try owner
        guard engine.agreement.graph.event(withDigest: try digest(position)) == nil else { return }
        let receipt = try engine.receive(message(.response, upTo: position), from: creator)
        try #require(receipt.outcome == .unsolicited && receipt.refused.isEmpty)
        engines[dump.ourID] = engine
    }

    /// Lets the creator of an event do what it did then.
    private mutating func make(_ position: Int) throws {
        let event = dump.events[position]
        var engine = try self[event.creator]
        switch event.cause {
        case .initial: break
        case .requesting(let recipient): _ = try engine.gossip(to: recipient)
        case .request: try answer(.request, event, &engine)
        case .response: try answer(.response, event, &engine)
        case .observation(let texts):
            let observations = try texts.map { try #require($0.observation { _ in nil }) }
            // Each engine has voted for the initial group by itself.
            if observations != [network.genesisObservation] { try engine.vote(for: observations) }
        }
        engines[event.creator] = engine
        let graph = engine.agreement.graph
        let creator = try #require(engine.agreement.peers.ourself)
        let made = graph.events(by: creator, at: event.indexByCreator)
        try #require(made.map { graph.kind(of: $0) } == [event.cause.kind])
        digests[position] = graph.digest(of: made[0])
    }

    private func digest(_ position: Int) throws -> Digest { try #require(digests[position]) }

    private func answer(_ kind: GossipMessage.Kind, _ event: GraphDump.Event, _ engine: inout Engine) throws {
        let head = try #require(event.otherParent)
        let receipt = try engine.receive(message(kind, upTo: head), from: dump.events[head].creator)
        try #require(receipt.outcome == .answered && receipt.refused.isEmpty)
    }
}

extension GraphDump.Cause {
    fileprivate var kind: EventKind {
        switch self {
        case .initial: .initial
        case .requesting: .requesting
        case .request: .request
        case .response: .response
        case .observation: .observation
        }
    }
}
