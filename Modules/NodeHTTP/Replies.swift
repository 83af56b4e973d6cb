import Accountability
package import App
package import Consensus
import Foundation
import GossipGraph
import Identity
import Membership
package import ParsecCore
import Serialization
import Transport
package import Voting

// What the node answers over HTTP, as JSON; docs/openapi.yaml describes it.

/// The readable form of an identity.
package func text(of id: PeerID) -> String { ReadableID.text(of: id) ?? id.description }

package struct StatusReply: Codable {
    package let id: String
    package let network: String
    package let phase: NodeStatus.Phase
    package let voters: Int
    package let connected: Int
    package let blocks: Int
    package let appliedBlocks: Int
    package let stateDigest: String
    package let events: Int
    package let elections: Int
    package let queued: Int
    package let undecided: Int
    package let exchanges: Int
    package let quiet: Bool

    package init(_ status: NodeStatus) {
        id = text(of: status.id)
        network = status.network.description
        phase = status.phase
        voters = status.voters.count
        connected = status.connected.count
        blocks = status.blocks
        appliedBlocks = status.appliedBlocks
        stateDigest = hexadecimal(status.stateDigest)
        events = status.events
        elections = status.elections
        queued = status.queued
        undecided = status.undecided
        exchanges = status.exchanges
        quiet = status.isQuiet
    }
}

package struct MemberReply: Codable {
    package let id: String
    package let addresses: [String]
    package let connected: Bool

    package init(id: String, addresses: [String], connected: Bool) {
        self.id = id
        self.addresses = addresses
        self.connected = connected
    }
}

/// A change of the group.
package struct ChangeReply: Codable {
    package let block: Int
    package let change: String
    package let peer: String
}

package struct BlockReply: Codable {
    package let number: Int
    package let digest: String
    package let previous: String
    package let kind: String
    package let payload: String
    package let payloadDigest: String
    package let peer: String?
    package let voter: String?
    package let voters: [String]
    package let votes: [String]

    package init(_ block: Block) {
        number = block.number
        digest = block.digest.description
        previous = block.previous.description
        payloadDigest = block.observationDigest.description
        voter = block.voter.map(text)
        voters = block.voters.map(text)
        votes = block.votes.map { text(of: $0.voter) }
        switch block.observation {
        case .opaque(let bytes): (kind, payload, peer) = ("payload", base64(bytes), nil)
        case .genesis(_, let info): (kind, payload, peer) = ("genesis", base64(info), nil)
        case .add(let id, let info): (kind, payload, peer) = ("add", base64(info), text(of: id))
        case .remove(let id, let info): (kind, payload, peer) = ("remove", base64(info), text(of: id))
        case .accusation(let id, let malice): (kind, payload, peer) = ("accusation \(malice)", "", text(of: id))
        case .keyGeneration: (kind, payload, peer) = ("key-generation", "", nil)
        }
    }
}

package struct ProofReply: Codable {
    package let block: BlockReply

    /// The bytes of the proof, as `docs/wire-format.md` describes them.
    package let proof: String

    package init(_ block: Block) {
        self.block = BlockReply(block)
        proof = base64(BlockProof(block).encoded(digests: .sha256, signatures: .ed25519))
    }
}

package struct SubmitReply: Codable {
    package let accepted: Int
    package let block: BlockReply?
}

package struct UndecidedReply: Codable {
    package let digest: String
    package let kind: String
    package let votes: [String]
    package let missing: [String]
    package let needed: Int
    package let seconds: Double?

    package init(_ payload: UndecidedPayload) {
        digest = payload.digest.description
        votes = payload.votes.map(text)
        missing = payload.missing.map(text)
        needed = payload.needed
        seconds = payload.age.map { $0 / .seconds(1) }
        kind =
            switch payload.observation {
            case .opaque: "payload"
            case .genesis: "genesis"
            case .add(let id, _): "add \(text(of: id))"
            case .remove(let id, _): "remove \(text(of: id))"
            case .accusation(let id, let malice): "accusation of \(text(of: id)): \(malice)"
            case .keyGeneration: "key-generation"
            }
    }
}

package struct EventReply: Codable {
    package let index: Int
    package let digest: String
    package let creator: String
    package let indexByCreator: Int
    package let kind: String
    package let selfParent: Int?
    package let otherParent: Int?
    package let votes: [String]

    package init(_ event: EventSummary) {
        index = event.index
        digest = event.digest.description
        creator = text(of: event.creator)
        indexByCreator = event.indexByCreator
        kind = "\(event.kind)"
        selfParent = event.selfParent
        otherParent = event.otherParent
        votes = event.observations.map(\.description)
    }
}

package struct EvidenceReply: Codable {
    package let offender: String
    package let offence: String

    /// A file that `parsec-graph evidence check` takes.
    package let file: String

    package init(_ evidence: Evidence, _ network: Network) {
        offender = text(of: evidence.offender)
        offence = "\(evidence.offence)"
        file = base64(
            EvidenceFile(network: network, evidence: evidence, digests: .sha256, signatures: .ed25519).encoded
        )
    }
}

private func base64(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }
