import AsyncHTTPClient
import App
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NodeHTTP
import Synchronization
import Testing

/// Nodes in processes of their own, on the loopback interface, with their files in a temporary folder.
final class ClusterOfNodes: Sendable {
    let folder: URL
    let port: Int

    /// What the nodes are.
    private let program: String
    private let processes = Mutex<[Int: Process]>([:])

    /// Makes the files of a network, and starts its nodes.
    ///
    /// - Parameter program: what the nodes are.
    init(
        nodes: Int,
        mode: String = "supermajority",
        membership: String = "open",
        program: String = "parsec-node",
        starts: Bool = true
    ) throws {
        self.program = program
        folder = FileManager.default.temporaryDirectory.appending(path: "parsec-cluster-\(UUID())")
        port = try ClusterOfNodes.freePorts()
        let made = try ClusterOfNodes.run([
            "testnet", "-n", "\(nodes)", "-o", folder.path, "--port", "\(port)", "--mode", mode,
            "--membership", membership,
        ])
        try #require(made.status == 0, "\(made.output)")
        if starts { for number in 1...nodes { try start(number) } }
    }

    deinit {
        for process in processes.withLock({ Array($0.values) }) where process.isRunning {
            kill(process.processIdentifier, SIGCONT)
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        try? FileManager.default.removeItem(at: folder)
    }

    /// The first of the ports of a network, of which nobody has any.
    ///
    /// All are below those that systems give to connections of their own accord (from 32,768 on Linux, from 49,152 by
    /// RFC 6335): such a connection could take the port of a node while that is down.
    private static func freePorts() throws -> Int {
        for _ in 0..<100 {
            let port = Int.random(in: 100...290) * 100
            let ports = (1...9).flatMap { [port + $0, port + 1_000 + $0] } + (10...99).map { port + 2_000 + $0 }
            if ports.allSatisfy(isFree) { return port }
        }
        throw Failure(description: "no hundred ports of this machine are free")
    }

    private static func isFree(_ port: Int) -> Bool {
        guard let address = try? SocketAddress(ipAddress: "127.0.0.1", port: port) else { return false }
        let bound = try? ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .bind(to: address).wait()
        guard let bound else { return false }
        return (try? bound.close().wait()) != nil
    }

    /// The folder of the programs that were built with the tests.
    static var programs: URL? { Bundle.main.executableURL?.deletingLastPathComponent() }

    /// Runs a command to its end: one of `parsec-node`, or of another program that was built with it.
    static func run(_ arguments: [String], of name: String = "parsec-node") throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = programs?.appending(path: name)
        process.arguments = arguments
        return try run(process)
    }

    /// Runs a script of the shell, which finds the programs that were built with the tests.
    static func shell(_ script: String, _ variables: [String: String]) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", script]
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        process.environment = variables.merging(["PATH": "\(programs?.path ?? ""):\(path)"]) { $1 }
        return try run(process)
    }

    private static func run(_ process: Process) throws -> (status: Int32, output: String) {
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }

    func path(_ number: Int, _ file: String) -> String { folder.appending(path: "node\(number)/\(file)").path }

    /// Puts a proxy on each link of one node with the others, before any of them starts.
    func putProxies(around number: Int, of nodes: Int) async throws -> [LinkProxy] {
        var proxies: [LinkProxy] = []
        for other in 1...nodes where other != number {
            for (near, far) in [(number, other), (other, number)] {
                let proxy = port + 2_000 + 10 * near + far
                proxies.append(try await LinkProxy(from: proxy, to: port + far))
                let file = path(near, "network.toml")
                let text = try String(contentsOfFile: file, encoding: .utf8)
                try text.replacing("127.0.0.1:\(port + far)'", with: "127.0.0.1:\(proxy)'")
                    .write(toFile: file, atomically: true, encoding: .utf8)
            }
        }
        return proxies
    }

    /// Starts a node.
    ///
    /// - Parameter store: where its store is, if that is not in its folder.
    func start(_ number: Int, store: String? = nil) throws {
        let process = Process()
        process.executableURL = ClusterOfNodes.programs?.appending(path: program)
        process.environment = ["PARSEC_LOG": "warning"]
        if let store { process.environment?["PARSEC_STORE"] = store }
        process.arguments = ["run", "--config", path(number, "node.toml")]
        _ = FileManager.default.createFile(atPath: path(number, "log"), contents: nil)
        process.standardError = FileHandle(forWritingAtPath: path(number, "log")) ?? FileHandle.nullDevice
        try process.run()
        processes.withLock { $0[number] = process }
    }

    /// Sends a signal; after one that ends the process, waits for its end.
    func signal(_ number: Int, _ signal: Int32, waits: Bool = true) {
        guard let process = processes.withLock({ $0[number] }) else { return }
        kill(process.processIdentifier, signal)
        if waits && (signal == SIGKILL || signal == SIGTERM) { process.waitUntilExit() }
    }

    /// How a node's process ended; nil while it runs.
    func exitStatus(_ number: Int) -> Int32? {
        processes.withLock { $0[number] }.flatMap { $0.isRunning ? nil : $0.terminationStatus }
    }

    func log(_ number: Int) -> String { (try? String(contentsOfFile: path(number, "log"), encoding: .utf8)) ?? "" }

    // MARK: - Requests

    private func url(_ number: Int, _ path: String) -> String { "http://127.0.0.1:\(port + 1_000 + number)\(path)" }

    func get<Value: Decodable>(_ number: Int, _ path: String, as type: Value.Type) async throws -> Value {
        let response = try await HTTPClient.shared.execute(
            HTTPClientRequest(url: url(number, path)),
            timeout: .seconds(5)
        )
        let body = try await response.body.collect(upTo: 1 << 26)
        return try JSONDecoder().decode(type, from: Data(body.readableBytesView))
    }

    /// The status of the answer to a request that changes something.
    @discardableResult
    func post(
        _ number: Int,
        _ path: String,
        _ body: String = "",
        hasToken: Bool = true,
        scheme: String = "Bearer",
        seconds: Int64 = 60
    ) async throws -> UInt {
        var request = HTTPClientRequest(url: url(number, path))
        request.method = .POST
        request.body = .bytes(ByteBuffer(string: body))
        if hasToken {
            let token = try String(contentsOfFile: self.path(number, "token"), encoding: .utf8)
            request.headers.add(name: "authorization", value: "\(scheme) \(token.trimmingCharacters(in: .newlines))")
        }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(seconds))
        _ = try await response.body.collect(upTo: 1 << 20)
        return response.status.code
    }

    func status(_ number: Int) async throws -> StatusReply { try await get(number, "/status", as: StatusReply.self) }

    func blocks(_ number: Int) async throws -> [BlockReply] {
        var result: [BlockReply] = []
        while true {
            let next = try await get(number, "/blocks?from=\(result.count)&count=1000", as: [BlockReply].self)
            if next.isEmpty { return result }
            result += next
        }
    }

    /// Waits until a node answers as it should.
    func wait(_ number: Int, until holds: (StatusReply) -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(60)
        var last: StatusReply?
        while ContinuousClock.now < end {
            last = try? await status(number)
            if let last, holds(last) { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Failure(
            description: "\(log(number))node \(number) did not come to what was waited for: \(String(describing: last))"
        )
    }

    /// Checks that nodes have the same blocks, at least so many, and that nobody broke a rule.
    func expectAgreement(_ numbers: [Int], atLeast count: Int) async throws {
        var most = count
        for number in numbers {
            try await wait(number) { $0.blocks >= most && $0.phase == .member }
            most = max(most, try await status(number).blocks)
        }
        let first = try await blocks(numbers[0]).map(\.digest)
        for number in numbers {
            let digests = try await blocks(number).map(\.digest)
            #expect(zip(digests, first).allSatisfy { $0 == $1 } && digests.count >= count, "node \(number)")
            #expect(try await get(number, "/evidence", as: [EvidenceReply].self).isEmpty, "node \(number)")
        }
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }
}
