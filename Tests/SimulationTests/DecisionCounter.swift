import Consensus
import MetaVoting
import ParsecCore
import Synchronization
import Voting

/// Collects the payloads of all decisions by peer, as the inspector of a simulation.
final class DecisionCounter: Sendable {
    private let payloadsByPeer = Mutex<[PeerID: [Digest]]>([:])

    func note(_ peer: PeerID, _ agreement: Agreement, _ decision: Decision) {
        // An election that were closed would have the next number.
        guard agreement.election.number == decision.election else { return }
        payloadsByPeer.withLock { $0[peer, default: []] += decision.payloads.map(\.observation.digest) }
    }

    func payloads(of peer: PeerID) -> [Digest] { payloadsByPeer.withLock { $0[peer] ?? [] } }
}
