public import Consensus
public import ParsecCore
public import Storage

/// Why a node cannot run, or stops.
public enum NodeError: Error, Sendable {
    /// The store holds another node, network or a history that makes no sense.
    case history(HistoryError)

    /// The store is not this node's.
    case foreignStore(PeerID)

    case store(StoreError)

    /// The engine refuses to begin or to go on.
    case engine(EngineError)

    /// The application does not take its own state back.
    case application(String)
}

extension NodeError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .history(let error): "the store cannot be used: \(error)"
        case .foreignStore(let peer): "the store is that of \(peer), or of another network; name another store"
        case .store(let error): "\(error)"
        case .engine(let error): "\(error)"
        case .application(let reason): "the application does not take its state back: \(reason)"
        }
    }
}

/// Why something that was submitted will not be voted for.
public enum SubmissionError: Error, Hashable, Sendable {
    /// Too much waits already; try again later.
    case queueFull

    /// The application refuses the payload.
    case rejected(Rejection)

    /// The node is not a member, or not yet sure of its own past.
    case notReady(String)

    /// The payload is too large.
    case tooLarge(count: Int, limit: Int)

    /// The engine refuses, such as a payload that this node has voted for before.
    case refused(EngineError)

    /// The node stops.
    case stopping

    /// The node was removed from the network before this was decided.
    case removed
}

extension SubmissionError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .queueFull: "too many payloads wait already; try again later"
        case .rejected(let rejection): "the application refuses it: \(rejection)"
        case .notReady(let reason): "the node takes nothing now: \(reason)"
        case .tooLarge(let count, let limit): "a payload has at most \(limit) bytes, this one has \(count)"
        case .refused(let error): "\(error)"
        case .stopping: "the node stops"
        case .removed: "this node was removed before it was decided; submit it to another"
        }
    }
}
