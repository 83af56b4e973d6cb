import ParsecCore
public import Voting

/// What a network agrees on things for: it is given each block once, in the agreed order, the same at every node.
public protocol Application: Sendable {
    /// Says whether a payload makes sense, before this node votes for it.
    ///
    /// A payload can be decided without this node's vote, so ``apply(_:)`` must get along with any.
    /// - Throws: ``Rejection`` with what is wrong, for whoever submitted it.
    func admit(_ payload: [UInt8]) async throws(Rejection)

    /// Says whether a peer makes sense as a member, before this node votes for it; the default takes everybody.
    ///
    /// The node's ``MembershipPolicy`` or its operator has to want the peer, too.
    /// - Throws: ``Rejection`` with what is wrong, for the operator.
    func admit(_ member: Candidate) async throws(Rejection)

    /// Takes the next block.
    ///
    /// After a restart blocks after the last snapshot come again.
    /// - Returns: a digest of the state after it, which nodes can compare; empty if there is none.
    func apply(_ block: Block) async -> [UInt8]

    /// The whole state, to start from after a restart; nil to get all blocks again.
    func snapshot() async -> [UInt8]?

    /// Goes back to a state.
    ///
    /// - Throws: anything, if the bytes are not such a state; the node does not start then.
    func restore(_ snapshot: [UInt8]) async throws
}

extension Application {
    public func admit(_ member: Candidate) async throws(Rejection) {}
}

/// Why a payload or a member is not voted for.
public struct Rejection: Error, Hashable, Sendable, CustomStringConvertible {
    public let reason: String

    public init(_ reason: String) {
        self.reason = reason
    }

    public var description: String { reason }
}

/// An application that keeps nothing: the blocks are all there is.
public struct NoApplication: Application {
    public init() {}

    public func admit(_ payload: [UInt8]) {}

    public func apply(_ block: Block) -> [UInt8] { [] }

    public func snapshot() -> [UInt8]? { nil }

    public func restore(_ snapshot: [UInt8]) {}
}
