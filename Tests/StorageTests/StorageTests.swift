import Consensus
import Foundation
import GRDB
import ParsecCore
import SQLiteStorage
import Simulation
import Storage
import Testing
import Voting

@Suite struct StorageTests {
    private let kinds = StoredForm.Kinds(digests: SimulatedDigests(), signatures: .simulated)

    /// The blocks and events of a peer that has agreed with another on something.
    private func history() throws -> (record: NodeRecord, other: NodeRecord, events: [GossipEvent], blocks: [Block]) {
        var simulation = try Simulation(ScenarioSketch().scenario())
        simulation.run()
        let peer = simulation.peers[0]
        let record = NodeRecord(network: simulation.network, id: peer.id, contacts: nil)
        let other = NodeRecord(network: simulation.network, id: "Mallory", contacts: ["Alice"])
        return (record, other, peer.engine.history.events, peer.blocks)
    }

    /// Calls a function with the path of a file that is not there yet, in a folder that goes away afterwards.
    private func withPath(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "parsec-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder.appending(path: "store.sqlite").path)
    }

    @Test("A store in memory keeps what it got, and a file of SQLite does, over and over")
    func conformance() async throws {
        let (record, other, events, blocks) = try history()
        let memory = MemoryStore()
        try await StoreConformance.check(record, other: other, events: events, blocks: blocks) { memory }
        try await withPath { path in
            try await StoreConformance.check(record, other: other, events: events, blocks: blocks) {
                try SQLiteStore(path: path, kinds: kinds)
            }
        }
    }

    @Test("A file that is in use, no file of SQLite, another program's or a later version's is refused")
    func refusals() async throws {
        try await withPath { path in
            let store = try SQLiteStore(path: path, kinds: kinds)
            #expect(throws: StoreError.inUse(path: path)) { try SQLiteStore(path: path, kinds: kinds) }
            try await store.close()
            try await DatabaseQueue(path: path).write { try $0.execute(sql: "PRAGMA user_version = 99") }
            #expect(throws: StoreError.newer(version: 99)) { try SQLiteStore(path: path, kinds: kinds) }
        }
        try await withPath { path in
            try await DatabaseQueue(path: path).write { try $0.execute(sql: "CREATE TABLE t (x)") }
            #expect(throws: StoreError.foreign("the file was made by another program")) {
                try SQLiteStore(path: path, kinds: kinds)
            }
        }
        try await withPath { path in
            try Data(repeating: 7, count: 10_000).write(to: URL(filePath: path))
            #expect(throws: StoreError.foreign("\(path) is no file of SQLite")) {
                try SQLiteStore(path: path, kinds: kinds)
            }
        }
    }

    @Test("A task that is cancelled still stores what it was about to")
    func cancellation() async throws {
        let (record, _, events, blocks) = try history()
        try await withPath { path in
            let store = try SQLiteStore(path: path, kinds: kinds)
            try await store.begin(record)
            let task = Task {
                while !Task.isCancelled { await Task.yield() }
                try await store.append(StoreBatch(events: events, blocks: blocks))
            }
            task.cancel()
            try await task.value
            #expect(try await store.load()?.events == events)
            try await store.close()
        }
    }

    /// A chain of blocks without votes.
    private func chain(_ count: Int) -> [Block] {
        var blocks: [Block] = []
        for number in 0..<count {
            let payload = Observation.opaque(Array("\(number)".utf8))
            blocks.append(
                Block(
                    number: number,
                    previous: blocks.last?.digest ?? Digest(words: 1, 2, 3, 4),
                    election: number / 7,
                    observation: DigestedObservation(payload, digest: SimulatedDigests().digest(of: payload)),
                    voter: "Alice",
                    voters: number < 400 ? ["Alice"] : ["Alice", "Bob"],
                    votes: [],
                    function: SimulatedDigests()
                )
            )
        }
        return blocks
    }

    @Test("Any window of many blocks is read, however they were added")
    func windows() async throws {
        let (record, _, _, _) = try history()
        let blocks = chain(900)
        try await withPath { path in
            var store = try SQLiteStore(path: path, kinds: kinds)
            try await store.begin(record)
            // In one go, singly, and in several rows at once.
            for range in [0..<10, 10..<11, 11..<12, 12..<700, 700..<900] {
                try await store.append(StoreBatch(blocks: Array(blocks[range])))
            }
            try await store.close()
            store = try SQLiteStore(path: path, kinds: kinds)
            #expect(try await store.load()?.blockCount == 900)
            for (from, count) in [(0, 900), (0, 1), (11, 1), (255, 3), (267, 300), (699, 2), (899, 10), (900, 1)] {
                let expected = Array(blocks.dropFirst(from).prefix(count))
                #expect(try await store.blocks(from: from, count: count) == expected, "from \(from), \(count)")
            }
            try await store.close()
            for (change, what) in [
                ("DELETE FROM blocks WHERE number = 11", "block 11 is missing"),
                ("UPDATE blocks SET bytes = x'0100' WHERE number = 10", "block 10"),
                ("UPDATE blocks SET bytes = (SELECT bytes FROM blocks WHERE number = 0) WHERE number = 10", "block 0"),
            ] {
                try await DatabaseQueue(path: path).write { try $0.execute(sql: change) }
                store = try SQLiteStore(path: path, kinds: kinds)
                do {
                    _ = try await store.blocks(from: 0, count: 900)
                    Issue.record("nothing was found after: \(change)")
                } catch StoreError.corrupt(let found) { #expect(found.contains(what), "\(found)") }
                try await store.close()
            }
        }
    }

    @Test("What was changed in a file, or is missing, is found")
    func corruption() async throws {
        let (record, _, events, blocks) = try history()
        for (change, what) in [
            ("UPDATE event SET bytes = x'00' WHERE position = 3", "event 4"),
            ("DELETE FROM event WHERE position = 3", "event 4 is missing"),
            ("UPDATE meta SET value = x'00' WHERE name = 'record'", "whose store"),
        ] {
            try await withPath { path in
                var store = try SQLiteStore(path: path, kinds: kinds)
                try await store.begin(record)
                try await store.append(StoreBatch(events: events, blocks: blocks))
                try await store.close()
                try await DatabaseQueue(path: path).write { try $0.execute(sql: change) }
                store = try SQLiteStore(path: path, kinds: kinds)
                do {
                    _ = try await store.load()
                    Issue.record("nothing was found after: \(change)")
                } catch StoreError.corrupt(let found) { #expect(found.contains(what)) }
                try await store.close()
            }
        }
    }
}
