import Consensus
import ParsecCore
import Simulation
import Voting

/// What came out of a simulation that has come to its end.
extension Simulation {
    /// The agreed blocks with opaque payloads.
    var opaqueBlocks: [Block] {
        agreedBlocks.filter {
            if case .opaque = $0.observation { true } else { false }
        }
    }

    /// The block with which a peer was removed.
    func removal(of peer: PeerID) -> Block? { agreedBlocks.first { $0.observation == .remove(peer, info: []) } }

    /// Whether a peer has the agreed blocks from the first one on: all of them, or, if it was removed, those up to the
    /// election that removed it.
    func hasWholeHistory(_ peer: SimulatedPeer) -> Bool {
        let last = removal(of: peer.id)?.election ?? .max
        return peer.blocks.map(\.digest) == agreedBlocks.filter { $0.election <= last }.map(\.digest)
    }

    /// The number of peers that have all blocks from the first one on, of those that neither lie nor failed nor left.
    var completePeers: Int { activePeers.count { hasWholeHistory(peers[$0]) } }
}

extension Scenario {
    /// Who the members are once all of the steps are over.
    var lastMembers: [PeerID] {
        let gone = steps.compactMap { step -> PeerID? in
            switch step {
            case .leave(let leave): leave.peer
            case .evict(let eviction): eviction.peer
            case .votes, .join, .fault: nil
            }
        }
        return peers.filter { !gone.contains($0) }.sorted()
    }
}
