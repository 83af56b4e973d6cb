import App
import Consensus
import Foundation
import Identity
import Logging
import MetaVoting
import NodeHTTP
import ParsecCore
import SQLiteStorage
import ServiceLifecycle
import Storage
import TCPTransport
import Testing
import Transport
import Voting
import Yams

/// The application of `docs/custom-node.md`.
private actor Sum: Application {
    private(set) var total = 0

    func admit(_ payload: [UInt8]) throws(Rejection) {
        if Int(String(decoding: payload, as: UTF8.self)) == nil { throw Rejection("expected a number") }
    }

    func apply(_ block: Block) -> [UInt8] {
        if case .opaque(let bytes) = block.observation { total += Int(String(decoding: bytes, as: UTF8.self)) ?? 0 }
        return Array("\(total)".utf8)
    }

    func snapshot() -> [UInt8]? { Array("\(total)".utf8) }

    func restore(_ snapshot: [UInt8]) { total = Int(String(decoding: snapshot, as: UTF8.self)) ?? 0 }
}

@Suite(.timeLimit(.minutes(20))) struct CustomNodeTests {
    @Test("The node of docs/custom-node.md counts, refuses what is no number, and goes on after a restart")
    func sum() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "parsec-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let keys = KeyPair()
        let logger = Logger(label: "sum") { _ in SwiftLogNoOpLogHandler() }
        for round in 1...2 {
            let sum = Sum()
            let node = try await Node(
                NodeParts(
                    cryptography: .standard(keys),
                    invitation: Invitation(network: Network(genesis: [keys.id]), members: []),
                    application: sum,
                    transport: try TCPTransport(
                        keys,
                        .init(listen: PeerAddress(host: "127.0.0.1", port: 0)),
                        logger: logger
                    ),
                    store: try SQLiteStore(
                        path: folder.appending(path: "sum.sqlite").path,
                        kinds: .init(digests: SHA256Digests(), signatures: .ed25519)
                    ),
                    logger: logger
                )
            )
            let server = NodeServer(node, .init(port: 0))
            let services: [any Service] = [server.service(logger: logger), node]
            let group = ServiceGroup(
                services: services,
                gracefulShutdownSignals: [],
                logger: logger
            )
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                while await node.status.phase != .member { await Task.yield() }
                await #expect(throws: SubmissionError.rejected(Rejection("expected a number"))) {
                    try await node.submit(Array("many".utf8))
                }
                _ = try await node.submitAndWait(Array("\(round * 20)".utf8))
                #expect(await sum.total == [20, 60][round - 1])
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
            }
        }
    }

    @Test("docs/openapi.yaml describes the routes that there are, and the fields of their answers")
    func description() async throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/openapi.yaml")
        let yaml = try #require(try Yams.load(yaml: String(contentsOf: path, encoding: .utf8)) as? [String: Any])
        let paths = try #require(yaml["paths"] as? [String: [String: Any]])
        let described = paths.flatMap { path, methods in methods.keys.map { "\($0.uppercased()) \(path)" } }
        let node = try await Node(
            NodeParts(
                cryptography: .standard(KeyPair()),
                invitation: Invitation(network: Network(genesis: [KeyPair().id]), members: []),
                transport: MemoryNetwork().transport(of: "nobody")
            )
        )
        #expect(described.sorted() == NodeServer(node, .init(port: 0)).routes.sorted())
        let components = try #require(yaml["components"] as? [String: [String: [String: Any]]])
        let properties = try #require(components["schemas"]?["Status"]?["properties"] as? [String: Any])
        let status = try JSONEncoder().encode(StatusReply(await node.status))
        let fields = try #require(try JSONSerialization.jsonObject(with: status) as? [String: Any])
        #expect(properties.keys.sorted() == fields.keys.sorted())
    }

    @Test("An answer has as many blocks as fit into it, and at least one")
    func boundedAnswers() async throws {
        let keys = KeyPair()
        let node = try await Node(
            NodeParts(
                cryptography: .standard(keys),
                invitation: Invitation(network: Network(genesis: [keys.id], mode: .single), members: []),
                transport: MemoryNetwork().transport(of: keys.id),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
        )
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await node.run() }
            while await node.status.phase != .member { await Task.yield() }
            for number in 0..<20 as Range<UInt8> {
                _ = try await node.submitAndWait([UInt8](repeating: number, count: 1_000))
            }
            func numbers(_ from: Int, _ count: Int, _ bytes: Int) async throws -> [Int] {
                try await NodeServer.blocks(node, from, count, bytes: bytes).map(\.number)
            }
            #expect(try await numbers(0, 100, .max) == Array(0...20))
            #expect(try await numbers(0, 18, .max) == Array(0...17))
            #expect(try await numbers(1, 100, 3_500) == [1, 2, 3])
            #expect(try await numbers(1, 100, 17_500) == Array(1...17))
            #expect(try await numbers(20, 100, 10) == [20])
            #expect(try await numbers(21, 100, 10).isEmpty)
            #expect(try await numbers(0, 0, 10).isEmpty)
            tasks.cancelAll()
        }
    }

    @Test("A node whose store is full stops, and says so")
    func storeFull() async throws {
        let node = try await Node(
            NodeParts(
                cryptography: .standard(KeyPair(secret: [UInt8](repeating: 1, count: 32)) ?? KeyPair()),
                invitation: Invitation(
                    network: Network(genesis: [try #require(KeyPair(secret: [UInt8](repeating: 1, count: 32))).id]),
                    members: []
                ),
                transport: MemoryNetwork().transport(of: "nobody"),
                store: FullStore(),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
        )
        await #expect(throws: NodeError.self) { try await node.run() }
    }
}

/// A store that has no space left.
private actor FullStore: Store {
    func load() throws(StoreError) -> StoreContents? { nil }
    func begin(_ record: NodeRecord) throws(StoreError) {}
    func append(_ batch: StoreBatch) throws(StoreError) { throw .full(path: "here") }
    func blocks(from number: Int, count: Int) throws(StoreError) -> [Block] { [] }
    func close() throws(StoreError) {}
}
