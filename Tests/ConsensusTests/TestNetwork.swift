import Consensus
import Membership
import ParsecCore
import Simulation
import Voting

/// Engines of one network, and exchanges between them without losses.
struct TestNetwork {
    var engines: [PeerID: Engine] = [:]
    let network: Network

    init(_ names: [PeerID], mode: ConsensusMode = .supermajority, limits: EngineLimits = EngineLimits()) throws {
        network = Network(genesis: names, mode: mode)
        for name in names { engines[name] = try Engine(member: .simulated(name), of: network, limits: limits) }
    }

    subscript(name: PeerID) -> Engine {
        get { engines[name]! }
        set { engines[name] = newValue }
    }

    /// One exchange: a request, and the response if there is one.
    @discardableResult
    mutating func exchange(_ sender: PeerID, _ receiver: PeerID) throws -> Receipt {
        let request = try self[sender].gossip(to: receiver)
        let receipt = try self[receiver].receive(request, from: sender)
        if let response = receipt.response { _ = try self[sender].receive(response, from: receiver) }
        return receipt
    }

    /// Exchanges between all that may, for some rounds.
    mutating func settle(rounds: Int = 12) throws {
        for _ in 0..<rounds {
            for sender in engines.keys.sorted() {
                for receiver in self[sender].gossipRecipients where engines[receiver] != nil {
                    guard self[sender].gossipRecipients.contains(receiver) else { continue }
                    // Whoever learns of its removal on the way takes no further part.
                    _ = try? exchange(sender, receiver)
                }
            }
        }
    }

    /// Takes all blocks that wait at a peer.
    mutating func blocks(_ name: PeerID) -> [Block] {
        var blocks: [Block] = []
        while let block = self[name].nextBlock() { blocks.append(block) }
        return blocks
    }

    /// Lets all members vote for an observation and gossip until it is decided.
    mutating func decide(_ observation: Observation) throws {
        for name in engines.keys.sorted() where self[name].state.contains(.vote) {
            do { try self[name].vote(for: observation) } catch EngineError.alreadyDecided { continue }
        }
        try settle()
    }

    /// Makes the engine of a peer that is not a member yet.
    mutating func addJoiner(_ name: PeerID, contacts: [PeerID]) throws {
        engines[name] = try Engine(joiner: .simulated(name), of: network, contacts: contacts)
    }
}

/// An opaque payload whose bytes are those of a text.
func payload(_ text: String) -> Observation { .opaque(Array(text.utf8)) }
