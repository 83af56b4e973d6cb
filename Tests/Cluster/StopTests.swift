import AsyncHTTPClient
import App
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NodeHTTP
import Testing

extension ClusterTests {
    @Test(
        "A node that is asked to stop does so soon, whatever its clients wait for, and tells them",
        arguments: [SIGTERM, SIGINT]
    )
    func stops(signal: Int32) async throws {
        let cluster = try ClusterOfNodes(nodes: 2)
        for number in 1...2 { try await cluster.wait(number) { $0.phase == .member && $0.blocks == 1 } }
        // One follows blocks, one waits for a block that the other node never votes for.
        let url = "http://127.0.0.1:\(cluster.port + 1_001)"
        let followed = try await HTTPClient.shared.execute(.init(url: url + "/events"), timeout: .seconds(60))
        #expect(followed.status == .ok)
        cluster.signal(2, SIGSTOP)
        async let answer = cluster.post(1, "/submit?wait=true", "in vain")
        try await cluster.wait(1) { $0.undecided + $0.queued == 1 }
        // One says nothing, to other nodes' port; one sends half a request, and one half of a body.
        func connect(_ port: Int, _ text: String) async throws -> any Channel {
            let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connect(host: "127.0.0.1", port: port).get()
            try await channel.writeAndFlush(ByteBuffer(string: text))
            return channel
        }
        let token = try String(contentsOfFile: cluster.path(1, "token"), encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let head = "POST /submit HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(token)\r\nContent-Length: 9\r\n\r\n"
        let channels = [
            try await connect(cluster.port + 1, ""), try await connect(cluster.port + 1_001, "GET /health HTT"),
            try await connect(cluster.port + 1_001, head + "half"),
        ]
        let end = ContinuousClock.now + .seconds(30)
        cluster.signal(1, signal, waits: false)
        #expect(try await answer == 503)
        for try await _ in followed.body {}
        while cluster.exitStatus(1) == nil {
            try #require(ContinuousClock.now < end, "\(cluster.log(1))")
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(cluster.exitStatus(1) == 0, "\(cluster.log(1))")
        for channel in channels { try await channel.closeFuture.get() }
    }

    @Test("Whoever reads what tail prints gets each block at once, and is told when the node ends it")
    func tail() async throws {
        let cluster = try ClusterOfNodes(nodes: 1)
        try await cluster.wait(1) { $0.phase == .member && $0.blocks == 1 }
        let process = Process()
        process.executableURL = ClusterOfNodes.programs?.appending(path: "parsec-node")
        process.arguments = ["tail", "--config", cluster.path(1, "node.toml")]
        let (output, errors) = (Pipe(), Pipe())
        (process.standardOutput, process.standardError) = (output, errors)
        try process.run()
        // It follows from some time on: what is submitted until then is not printed.
        let flow = Task {
            var number = 0
            while !Task.isCancelled {
                number += 1
                _ = try? await cluster.post(1, "/submit?wait=true", "payload \(number)", seconds: 5)
            }
        }
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        #expect(line.contains("payload"), "\(line)")
        flow.cancel()
        await flow.value
        cluster.signal(1, SIGTERM)
        process.waitUntilExit()
        #expect(process.terminationStatus == 3)
        let said = try errors.fileHandleForReading.readToEnd() ?? Data()
        #expect(String(decoding: said, as: UTF8.self).contains("the node ended it"))
    }

    @Test("What a command writes to somebody who does not read on is no crash")
    func brokenPipe() async throws {
        let cluster = try ClusterOfNodes(nodes: 1)
        try await cluster.wait(1) { $0.phase == .member && $0.blocks == 1 }
        let process = Process()
        process.executableURL = ClusterOfNodes.programs?.appending(path: "parsec-node")
        process.arguments = ["export-graph", "--url", "http://127.0.0.1:\(cluster.port + 1_001)"]
        let (output, errors) = (Pipe(), Pipe())
        (process.standardOutput, process.standardError) = (output, errors)
        try output.fileHandleForReading.close()
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationReason == .exit && process.terminationStatus == 1)
        let said = try errors.fileHandleForReading.readToEnd() ?? Data()
        #expect(String(decoding: said, as: UTF8.self).contains("cannot write the dump"))
    }
}
