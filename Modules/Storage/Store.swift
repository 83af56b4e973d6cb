public import Consensus
public import ParsecCore
public import Voting

/// Keeps what a node must not forget: its events and those of others, the blocks, and the application's state.
public protocol Store: Sendable {
    /// Reads what the store holds; nil if no node has begun in it yet.
    ///
    /// - Throws: ``StoreError``: `corrupt`, `foreign`, `newer`, `inUse` or `failed`.
    func load() async throws(StoreError) -> StoreContents?

    /// Makes an empty store that of a node.
    ///
    /// - Throws: ``StoreError``: `foreign` if it belongs to another node, `full` or `failed`.
    func begin(_ record: NodeRecord) async throws(StoreError)

    /// Adds to the store, all of it or nothing; once this returns, the events survive a loss of power.
    ///
    /// Blocks and snapshots follow from events, so that a loss of power may take the newest of them, as long as no events
    /// were added after them.
    ///
    /// - Throws: ``StoreError``: `gap` if blocks do not follow on those before, `full` or `failed`.
    func append(_ batch: StoreBatch) async throws(StoreError)

    /// Reads blocks in ascending order: at most `count`, fewer where there are not so many.
    func blocks(from number: Int, count: Int) async throws(StoreError) -> [Block]

    /// Ends the use of the store.
    func close() async throws(StoreError)
}

/// Whose store it is.
public struct NodeRecord: Hashable, Sendable {
    public let network: Network

    /// The node's own peer.
    public let id: PeerID

    /// The members that a joiner took the history from; nil for a member of the initial group.
    public let contacts: [PeerID]?

    public init(network: Network, id: PeerID, contacts: [PeerID]?) {
        self.network = network
        self.id = id
        self.contacts = contacts
    }
}

/// The state of an application after some blocks.
public struct ApplicationSnapshot: Hashable, Sendable {
    /// How many blocks were applied.
    public let blocks: Int
    public let bytes: [UInt8]

    /// What the application said of its state after the last of them.
    public let stateDigest: [UInt8]

    public init(blocks: Int, bytes: [UInt8], stateDigest: [UInt8] = []) {
        self.blocks = blocks
        self.bytes = bytes
        self.stateDigest = stateDigest
    }
}

/// What is added to a store at a time.
public struct StoreBatch: Hashable, Sendable {
    /// Events in the order in which the engine took them.
    public var events: [GossipEvent]

    /// Blocks that follow on those in the store.
    public var blocks: [Block]

    /// The state of the application, in place of an older one.
    public var snapshot: ApplicationSnapshot?

    public init(events: [GossipEvent] = [], blocks: [Block] = [], snapshot: ApplicationSnapshot? = nil) {
        self.events = events
        self.blocks = blocks
        self.snapshot = snapshot
    }

    public var isEmpty: Bool { events.isEmpty && blocks.isEmpty && snapshot == nil }
}

/// What a store holds, but for its blocks.
public struct StoreContents: Hashable, Sendable {
    public let record: NodeRecord
    public let events: [GossipEvent]
    public let blockCount: Int
    public let snapshot: ApplicationSnapshot?

    public init(record: NodeRecord, events: [GossipEvent], blockCount: Int, snapshot: ApplicationSnapshot?) {
        self.record = record
        self.events = events
        self.blockCount = blockCount
        self.snapshot = snapshot
    }
}

/// Why a store does not do what it was asked to.
public enum StoreError: Error, Hashable, Sendable {
    /// The store holds something that cannot be, and what.
    case corrupt(String)

    /// The store is that of another node or network, or of another program.
    case foreign(String)

    /// The store was written by a later version.
    case newer(version: Int)

    /// Another process uses the store.
    case inUse(path: String)

    /// Blocks do not follow on those in the store.
    case gap(expected: Int, found: Int)

    /// There is no space left.
    case full(path: String)

    /// The system refuses, and what it says.
    case failed(String)
}

extension StoreError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .corrupt(let what):
            "the store is corrupt: \(what); restore a copy, or start with an empty store to fetch everything anew"
        case .foreign(let what): "the store belongs to something else: \(what); name another"
        case .newer(let version): "the store has the layout \(version), of a later version of this program; update it"
        case .inUse(let path): "another process uses the store \(path); stop it, or name another store"
        case .gap(let expected, let found): "block \(found) does not follow; the next one is \(expected)"
        case .full(let path): "there is no space left for the store \(path); make room and start again"
        case .failed(let what): "the store cannot be used: \(what)"
        }
    }
}
