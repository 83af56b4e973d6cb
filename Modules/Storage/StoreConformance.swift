public import Consensus
public import Voting

/// What every store has to do, to be run against one's own in a test.
public enum StoreConformance {
    /// A rule that a store broke.
    public struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
        public let description: String

        init(_ description: String) {
            self.description = description
        }
    }

    /// Checks a store.
    ///
    /// - Parameters:
    ///   - record: whose store it becomes, and another's.
    ///   - events: some events, at least two.
    ///   - blocks: blocks from number 0 on, at least two.
    ///   - open: opens the store, each time the same; what is open is closed before.
    /// - Throws: ``Failure`` for the first rule that is broken, or what the store throws.
    public static func check(
        _ record: NodeRecord,
        other: NodeRecord,
        events: [GossipEvent],
        blocks: [Block],
        open: () async throws -> any Store
    ) async throws {
        let snapshot = ApplicationSnapshot(blocks: 1, bytes: [1, 2, 3], stateDigest: [4, 5])
        var store = try await open()
        try require(await store.load() == nil, "a new store holds nothing")
        try require(await store.blocks(from: 0, count: 10).isEmpty, "a new store has no blocks")
        try await store.begin(record)
        try await store.append(StoreBatch(events: Array(events.prefix(1)), blocks: Array(blocks.prefix(1))))
        try await store.append(
            StoreBatch(
                events: Array(events.dropFirst()),
                blocks: Array(blocks.dropFirst()),
                snapshot: snapshot
            )
        )
        for _ in 0..<2 {
            let contents = try await store.load()
            try require(contents?.record == record, "it is the store of who began it")
            try require(contents?.events == events, "events come back in the order in which they were added")
            try require(contents?.blockCount == blocks.count, "blocks are counted")
            try require(contents?.snapshot == snapshot, "the snapshot is kept")
            try require(await store.blocks(from: 0, count: .max) == blocks, "blocks come back as they were")
            try require(await store.blocks(from: 1, count: 1) == [blocks[1]], "blocks are found by number")
            try require(await store.blocks(from: blocks.count, count: 5).isEmpty, "there are no blocks after the last")
            try require(await store.blocks(from: -1, count: 5).isEmpty, "there are no blocks before the first")
            // All the same after it was closed.
            try await store.close()
            store = try await open()
        }
        do {
            try await store.append(StoreBatch(events: events, blocks: [blocks[0]]))
            throw Failure("blocks follow on those before")
        } catch StoreError.gap {}
        try require(await store.load()?.events == events, "of a batch that is refused nothing is added")
        do {
            try await store.begin(other)
            throw Failure("a store that is somebody's does not become another's")
        } catch StoreError.foreign {}
        try await store.begin(record)
        try await store.close()
    }

    private static func require(_ holds: Bool, _ rule: String) throws(Failure) {
        if !holds { throw Failure("not so: \(rule)") }
    }
}
