public import ParsecCore

/// What an engine has come to be from: enough to make it anew after a restart, on another machine or in a tool.
///
/// The events are the log; whatever else an engine knows follows from them, but for the little that stands beside them.
public struct History: Hashable, Sendable {
    public let network: Network

    /// The engine's own peer.
    public let id: PeerID

    /// The members that a joiner took the history from; nil for a member of the initial group.
    public let contacts: [PeerID]?

    /// All events, in the order in which they came.
    public let events: [GossipEvent]

    /// The positions of those events that have our own creator and that another machine with our key made, in ascending
    /// order.
    public let foreignEvents: [Int]

    /// The positions of the last events of requests that wait for our admission, oldest first.
    public let pendingHeads: [Int]

    /// How many of the blocks were taken.
    public let takenBlocks: Int

    public init(
        network: Network,
        id: PeerID,
        contacts: [PeerID]?,
        events: [GossipEvent],
        foreignEvents: [Int] = [],
        pendingHeads: [Int] = [],
        takenBlocks: Int = 0
    ) {
        self.network = network
        self.id = id
        self.contacts = contacts
        self.events = events
        self.foreignEvents = foreignEvents
        self.pendingHeads = pendingHeads
        self.takenBlocks = takenBlocks
    }
}

/// Why no engine can be made from a history.
public enum HistoryError: Error, Hashable, Sendable {
    /// The history is that of another peer.
    case otherPeer(PeerID)

    /// No engine can be made for the peer at all.
    case engine(EngineError)

    /// An event does not fit to those before it.
    case event(position: Int, Refusal.Reason)

    /// An event is there twice.
    case repeatedEvent(position: Int)

    /// An event of our own does not follow on the one before it.
    case brokenOwnChain(position: Int)

    /// A number says something that cannot be: a position without an event, or more blocks taken than there are.
    case outOfRange(Int)
}

extension HistoryError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .otherPeer(let peer): "the history is that of \(peer); use that peer's key"
        case .engine(let error): "\(error)"
        case .event(let position, let reason): "event \(position + 1) of the history: \(reason)"
        case .repeatedEvent(let position): "event \(position + 1) of the history is there before"
        case .brokenOwnChain(let position): "event \(position + 1) of the history does not follow on our own before it"
        case .outOfRange(let number): "the history says \(number) where there is not so much"
        }
    }
}
