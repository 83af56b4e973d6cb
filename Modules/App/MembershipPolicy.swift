public import ParsecCore
import Transport

/// Who should become a member, and who should not stay one, as far as this node's vote goes.
public protocol MembershipPolicy: Sendable {
    /// Whether to vote for a peer that asks to become a member, or that another member votes for.
    func admits(_ candidate: Candidate) async -> Bool

    /// Whether to vote for a removal that other members vote for.
    func agreesToRemoval(of peer: PeerID, by proposers: [PeerID]) async -> Bool
}

/// A peer that may become a member.
public struct Candidate: Hashable, Sendable {
    public let id: PeerID
    public let info: MemberInfo

    public init(id: PeerID, info: MemberInfo) {
        self.id = id
        self.info = info
    }
}

/// Admits those whom both the application and a policy want.
struct ApplicationMembership: MembershipPolicy {
    let application: any Application
    let policy: any MembershipPolicy

    func admits(_ candidate: Candidate) async -> Bool {
        do { try await application.admit(candidate) } catch { return false }
        return await policy.admits(candidate)
    }

    func agreesToRemoval(of peer: PeerID, by proposers: [PeerID]) async -> Bool {
        await policy.agreesToRemoval(of: peer, by: proposers)
    }
}

/// Admits whoever asks, and lets go whoever wants to leave.
public struct OpenMembership: MembershipPolicy {
    public init() {}

    public func admits(_ candidate: Candidate) async -> Bool { true }

    public func agreesToRemoval(of peer: PeerID, by proposers: [PeerID]) async -> Bool { proposers.contains(peer) }
}

/// Lets go whoever wants to leave; all else takes an operator's word at each node.
public struct ClosedMembership: MembershipPolicy {
    public init() {}

    public func admits(_ candidate: Candidate) async -> Bool { false }

    public func agreesToRemoval(of peer: PeerID, by proposers: [PeerID]) async -> Bool { proposers.contains(peer) }
}
