import Consensus
import GossipGraph
import Membership
import ParsecCore
import Simulation
import Voting

/// Engines of one network that exchange messages without losses.
struct Group {
    let network: Network
    private var engines: [PeerID: Engine] = [:]

    init(_ names: [PeerID], mode: ConsensusMode = .supermajority) throws {
        network = Network(genesis: names, mode: mode)
        for name in names { engines[name] = try Engine(member: .simulated(name), of: network) }
    }

    subscript(name: PeerID) -> Engine {
        get { engines[name]! }
        set { engines[name] = newValue }
    }

    /// All that have an engine, in ascending order.
    var names: [PeerID] { engines.keys.sorted() }

    /// One exchange: a request, and the response if there is one.
    mutating func exchange(_ sender: PeerID, _ receiver: PeerID) throws {
        let request = try self[sender].gossip(to: receiver)
        let receipt = try self[receiver].receive(request, from: sender)
        if let response = receipt.response { _ = try self[sender].receive(response, from: receiver) }
    }

    /// Lets each gossip to each that it may gossip to, again and again, until a condition holds.
    ///
    /// - Returns: whether it came to hold.
    mutating func gossip(until isDone: (Group) -> Bool) throws -> Bool {
        for _ in 0..<12 {
            for sender in names {
                for receiver in names where self[sender].gossipRecipients.contains(receiver) {
                    if isDone(self) { return true }
                    // Who learns in between that it was removed takes no more part.
                    guard self[receiver].state.contains(.receive) else { continue }
                    try exchange(sender, receiver)
                }
            }
        }
        return isDone(self)
    }

    /// The digest of an event as it travels.
    func digest(_ event: GossipEvent) -> Digest {
        let cause = event.cause.mapObservations { SimulatedDigests().digest(of: $0) }
        let digest = network.digest(using: SimulatedDigests())
        let header = EventHeader(
            network: digest,
            creator: event.creator,
            selfParent: event.selfParent,
            cause: cause,
            function: SimulatedDigests()
        )
        return header.digest(using: SimulatedDigests())
    }
}

extension Engine {
    /// What a refused call must not change.
    struct Snapshot: Hashable {
        let events: Int
        let peers: Int
        let voters: [PeerID]
        let state: PeerState
        let recipients: [PeerID]
        let waitingBlocks: Int
        let ownUndelivered: [Observation]
    }

    var snapshot: Snapshot {
        Snapshot(
            events: agreement.graph.count,
            peers: agreement.peers.count,
            voters: voters,
            state: state,
            recipients: gossipRecipients,
            waitingBlocks: waitingBlocks,
            ownUndelivered: ownUndelivered
        )
    }

    /// What this engine lets a peer do.
    func state(of peer: PeerID) -> PeerState? { agreement.peers.index(of: peer).map(agreement.peers.state) }

    /// Takes all blocks that wait.
    mutating func takeBlocks() -> [Block] {
        var blocks: [Block] = []
        while let block = nextBlock() { blocks.append(block) }
        return blocks
    }
}

/// An opaque payload whose bytes are those of a text.
func payload(_ text: String) -> Observation { .opaque(Array(text.utf8)) }
