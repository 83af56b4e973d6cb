import Consensus
import Foundation
import GRDB
import ParsecCore
public import Storage
import Synchronization
public import Voting

/// A store in a file of SQLite: an event is a row, and so is a run of blocks.
///
/// Only one process at a time uses a file. A batch is one transaction. If it has events, it is synced before
/// ``append(_:)`` returns; blocks and snapshots are synced with the next events, since they follow from those before.
public final class SQLiteStore: Store {
    /// Tells these files from those of other programs: "PRSC".
    private static let applicationID: Int32 = 0x5052_5343

    /// The version of the tables.
    private static let version = 1

    /// The bytes of a page of a new file. Rows are large, and the system asks for as much time for each write as for
    /// kilobytes of what it writes.
    private static let pageBytes = 32_768

    /// How much log there is between two checkpoints, each of which holds up whoever waits for the store.
    private static let logBytes = 32_768_000

    /// The most blocks of one row: fewer take more bytes, more take longer to read one.
    private static let blocksPerRow = 256

    private let path: String
    private let kinds: StoredForm.Kinds
    /// Has a thread of its own, so that a disk that is slow keeps no task of others waiting.
    private let queue: DatabaseQueue

    /// How many events and blocks there are; changed by that thread only.
    private let counts: Counts

    private final class Counts: Sendable {
        let state: Mutex<(events: Int, blocks: Int)>

        init(_ events: Int, _ blocks: Int) { state = Mutex((events, blocks)) }
    }

    /// Opens a file, or makes one if there is none.
    ///
    /// - Parameters:
    ///   - path: the file; its folder has to be there. Two files with the same name and `-wal`, `-shm` stand beside it.
    ///   - kinds: what made the digests and signatures.
    /// - Throws: ``StoreError``: `foreign`, `newer`, `inUse`, `corrupt`, `full` or `failed`.
    public init(path: String, kinds: StoredForm.Kinds) throws(StoreError) {
        self.path = path
        self.kinds = kinds
        var configuration = Configuration()
        configuration.label = "parsec store"
        // Nobody else writes, so that whoever holds the file is another node.
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
        }
        do {
            queue = try DatabaseQueue(path: path, configuration: configuration)
            counts = try queue.inDatabase { database in
                try SQLiteStore.prepare(database)
                return Counts(
                    try Int.fetchOne(database, sql: "SELECT COALESCE(MAX(position) + 1, 0) FROM event") ?? 0,
                    try Int.fetchOne(database, sql: "SELECT COALESCE(MAX(number + count), 0) FROM blocks") ?? 0
                )
            }
        } catch { throw SQLiteStore.storeError(error, path) }
    }

    private static func prepare(_ database: Database) throws {
        let found = try Int32.fetchOne(database, sql: "PRAGMA application_id") ?? 0
        let tables = try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM sqlite_master") ?? 0
        guard found == applicationID || found == 0 && tables == 0 else {
            throw StoreError.foreign("the file was made by another program")
        }
        let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        guard version <= self.version else { throw StoreError.newer(version: version) }
        // Without effect on a file that has tables.
        try database.execute(sql: "PRAGMA page_size = \(pageBytes)")
        try database.execute(sql: "PRAGMA journal_mode = WAL")
        try database.execute(sql: "PRAGMA synchronous = FULL")
        let page = try Int.fetchOne(database, sql: "PRAGMA page_size") ?? pageBytes
        try database.execute(sql: "PRAGMA wal_autocheckpoint = \(logBytes / page)")
        guard version == 0 else { return }
        try database.inTransaction {
            try database.execute(
                sql: """
                    CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
                    CREATE TABLE event (position INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
                    CREATE TABLE blocks (number INTEGER PRIMARY KEY, count INTEGER NOT NULL, bytes BLOB NOT NULL);
                    PRAGMA application_id = \(applicationID);
                    PRAGMA user_version = \(self.version);
                    """
            )
            return .commit
        }
    }

    // MARK: - Store

    public func load() async throws(StoreError) -> StoreContents? {
        let (record, rows, snapshot, stateDigest) = try await perform { database in
            (
                try SQLiteStore.value("record", database),
                try Row.fetchAll(database, sql: "SELECT position, bytes FROM event ORDER BY position")
                    .map { (position: $0[0] as Int, bytes: $0[1] as Data) },
                try SQLiteStore.value("snapshot", database),
                try SQLiteStore.value("state", database)
            )
        }
        guard let record else { return nil }
        var events: [GossipEvent] = []
        events.reserveCapacity(rows.count)
        for (expected, row) in rows.enumerated() {
            guard row.position == expected else { throw .corrupt("event \(expected + 1) is missing") }
            events.append(try StoredForm.event(Array(row.bytes), position: expected))
        }
        let blockCount = counts.state.withLock { $0.blocks }
        return StoreContents(
            record: try StoredForm.record(record),
            events: events,
            blockCount: blockCount,
            snapshot: try snapshot.map { (bytes) throws(StoreError) in
                guard bytes.count >= 8 else { throw .corrupt("the snapshot is cut short") }
                let blocks = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
                guard blocks <= UInt64(blockCount) else { throw .corrupt("the snapshot is of blocks that are missing") }
                return ApplicationSnapshot(
                    blocks: Int(blocks),
                    bytes: Array(bytes.dropFirst(8)),
                    stateDigest: stateDigest ?? []
                )
            }
        )
    }

    public func begin(_ record: NodeRecord) async throws(StoreError) {
        let bytes = StoredForm.bytes(of: record)
        try await perform { database in
            if let known = try SQLiteStore.value("record", database) {
                guard known != bytes else { return }
                throw StoreError.foreign("it is the store of \(try StoredForm.record(known).id)")
            }
            try database.inTransaction {
                try SQLiteStore.set("record", bytes, database)
                return .commit
            }
        }
    }

    public func append(_ batch: StoreBatch) async throws(StoreError) {
        let (counts, kinds) = (counts, kinds)
        try await perform { database in
            let (eventCount, blockCount) = counts.state.withLock { $0 }
            for (offset, block) in batch.blocks.enumerated() where block.number != blockCount + offset {
                throw StoreError.gap(expected: blockCount + offset, found: block.number)
            }
            try database.inTransaction {
                let insertEvent = try database.cachedStatement(sql: "INSERT INTO event VALUES (?, ?)")
                for (offset, event) in batch.events.enumerated() {
                    try insertEvent.execute(arguments: [eventCount + offset, Data(StoredForm.bytes(of: event))])
                }
                let insertBlocks = try database.cachedStatement(sql: "INSERT INTO blocks VALUES (?, ?, ?)")
                for start in stride(from: 0, to: batch.blocks.count, by: SQLiteStore.blocksPerRow) {
                    let run = Array(batch.blocks[start...].prefix(SQLiteStore.blocksPerRow))
                    let bytes = Data(StoredForm.bytes(of: run, kinds))
                    try insertBlocks.execute(arguments: [blockCount + start, run.count, bytes])
                }
                if let snapshot = batch.snapshot {
                    let count = withUnsafeBytes(of: UInt64(snapshot.blocks).littleEndian) { Array($0) }
                    try SQLiteStore.set("snapshot", count + snapshot.bytes, database)
                    try SQLiteStore.set("state", snapshot.stateDigest, database)
                }
                return .commit
            }
            counts.state.withLock { $0 = (eventCount + batch.events.count, blockCount + batch.blocks.count) }
        }
    }

    public func blocks(from number: Int, count: Int) async throws(StoreError) -> [Block] {
        guard number >= 0, count > 0 else { return [] }
        // The row that has the first of them, and those after it.
        let end = number + min(count, Int.max - number)
        let rows = try await perform { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT number, bytes FROM blocks
                    WHERE number >= (SELECT MAX(number) FROM blocks WHERE number <= ?) AND number < ? ORDER BY number
                    """,
                arguments: [number, end]
            )
            .map { (number: $0[0] as Int, bytes: $0[1] as Data) }
        }
        var blocks: [Block] = []
        for row in rows {
            let expected = blocks.last.map { $0.number + 1 } ?? row.number
            guard row.number == expected else { throw .corrupt("block \(expected) is missing") }
            blocks += try StoredForm.blocks(Array(row.bytes), kinds, from: row.number)
        }
        return blocks.filter { (number..<end).contains($0.number) }
    }

    public func close() async throws(StoreError) {
        do { try queue.close() } catch { throw SQLiteStore.storeError(error, path) }
    }

    // MARK: - Rows

    private static func value(_ name: String, _ database: Database) throws -> [UInt8]? {
        try Data.fetchOne(database, sql: "SELECT value FROM meta WHERE name = ?", arguments: [name]).map { Array($0) }
    }

    private static func set(_ name: String, _ bytes: [UInt8], _ database: Database) throws {
        try database.execute(sql: "INSERT OR REPLACE INTO meta VALUES (?, ?)", arguments: [name, Data(bytes)])
    }

    private func perform<Result: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Result
    ) async throws(StoreError) -> Result {
        // Not cancelled with the task: a node that is being stopped still stores the last of it. The continuation is
        // resumed from the queue of the database, so that nobody waits for another thread than that.
        let result: Swift.Result<Result, any Error> = await withCheckedContinuation { continuation in
            queue.asyncWriteWithoutTransaction { database in
                continuation.resume(returning: Swift.Result { try body(database) })
            }
        }
        do { return try result.get() } catch { throw SQLiteStore.storeError(error, path) }
    }

    private static func storeError(_ error: any Error, _ path: String) -> StoreError {
        if let error = error as? StoreError { return error }
        guard let error = error as? DatabaseError else { return .failed("\(error)") }
        switch error.resultCode {
        case .SQLITE_FULL: return .full(path: path)
        case .SQLITE_BUSY, .SQLITE_LOCKED: return .inUse(path: path)
        case .SQLITE_CORRUPT: return .corrupt(error.message ?? "SQLite finds it malformed")
        case .SQLITE_NOTADB: return .foreign("\(path) is no file of SQLite")
        case .SQLITE_IOERR:
            // A disk that is full shows here, too, while the log is written.
            return (error.message ?? "").contains("full") ? .full(path: path) : .failed("\(path): \(error)")
        default: return .failed("\(path): \(error)")
        }
    }
}
