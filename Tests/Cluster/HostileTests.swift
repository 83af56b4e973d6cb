import App
import Foundation
import NIOCore
import NIOPosix
import NodeHTTP
import Testing

extension ClusterTests {
    @Test("Whichever node is killed at whatever moment, what was decided stays, and nobody forks")
    func randomKills() async throws {
        let cluster = try ClusterOfNodes(nodes: 4)
        for number in 1...4 { try await cluster.wait(number) { $0.phase == .member && $0.blocks == 1 } }
        var generator = SystemRandomNumberGenerator()
        let flow = Task {
            var number = 0
            while !Task.isCancelled {
                number += 1
                _ = try? await cluster.post(1 + number % 4, "/submit", "payload \(number)", seconds: 1)
                try? await Task.sleep(for: .milliseconds(5))
            }
        }
        defer { flow.cancel() }
        var decided: [String] = []
        for _ in 0..<8 {
            let victim = Int.random(in: 1...4, using: &generator)
            let other = victim % 4 + 1
            // Some moment between two blocks, or while one is stored.
            let blocks = try await cluster.status(other).blocks
            try await cluster.wait(other) { $0.blocks > blocks }
            try await Task.sleep(for: .microseconds(Int.random(in: 0...30_000, using: &generator)))
            cluster.signal(victim, SIGKILL)
            let now = try await cluster.blocks(other).map(\.digest)
            #expect(Array(now.prefix(decided.count)) == decided, "node \(victim) was killed")
            decided = now
            try cluster.start(victim)
            try await cluster.wait(victim) { $0.phase == .member && $0.blocks >= decided.count }
            #expect(Array(try await cluster.blocks(victim).map(\.digest).prefix(decided.count)) == decided)
        }
        flow.cancel()
        await flow.value
        try await cluster.expectAgreement([1, 2, 3, 4], atLeast: decided.count)
        #expect(try await cluster.status(1).voters == 4)
    }

    @Test("A node with another key than its network names is not let in, and the others do not notice")
    func wrongKey() async throws {
        let cluster = try ClusterOfNodes(nodes: 4, membership: "closed", starts: false)
        try FileManager.default.removeItem(atPath: cluster.path(4, "node.key"))
        let made = try ClusterOfNodes.run(["keygen", "--output", cluster.path(4, "node.key")])
        try #require(made.status == 0, "\(made.output)")
        for number in 1...4 { try cluster.start(number) }
        for number in 1...3 { try await cluster.wait(number) { $0.phase == .member && $0.connected == 2 } }
        #expect(try await cluster.post(1, "/submit?wait=true", "undisturbed") == 200)
        let status = try await cluster.status(4)
        #expect(status.phase != .member && status.blocks == 0 && status.connected == 0)
        #expect(try await cluster.post(4, "/submit", "let me in") == 503)
        for number in 1...3 { #expect(try await cluster.status(number).connected == 2) }
    }

    @Test("Followers of blocks that go away leave nothing behind, though no block comes")
    func leavingFollowers() async throws {
        let cluster = try ClusterOfNodes(nodes: 1)
        try await cluster.wait(1) { $0.phase == .member && $0.blocks == 1 }
        // More than there may be at a time.
        for _ in 0..<1_200 {
            let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connect(host: "127.0.0.1", port: cluster.port + 1_001).get()
            try await channel.writeAndFlush(ByteBuffer(string: "GET /events HTTP/1.1\r\nHost: x\r\n\r\n"))
            try await channel.close()
        }
        #expect(try await cluster.post(1, "/submit?wait=true", "after they are gone") == 200)
    }

    @Test("Connections that say nothing, or half of something, are closed, and hold up nobody")
    func slowConnections() async throws {
        let cluster = try ClusterOfNodes(nodes: 4)
        for number in 1...4 { try await cluster.wait(number) { $0.phase == .member && $0.blocks == 1 } }
        func connect(_ port: Int) async throws -> any Channel {
            try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connect(host: "127.0.0.1", port: port).get()
        }
        var slow: [any Channel] = []
        for _ in 0..<50 {
            let channel = try await connect(cluster.port + 1)
            // The beginning of a TLS record of which the rest never comes.
            try await channel.writeAndFlush(ByteBuffer(bytes: [22, 3, 1, 2]))
            slow.append(channel)
        }
        var requests: [any Channel] = []
        for _ in 0..<50 {
            let channel = try await connect(cluster.port + 1_001)
            try await channel.writeAndFlush(ByteBuffer(string: "GET /status HTTP/1.1\r\nHost:"))
            requests.append(channel)
        }
        #expect(try await cluster.post(1, "/submit?wait=true", "while they wait") == 200)
        for channel in slow { try await channel.closeFuture.get() }
        #expect(try await cluster.post(2, "/submit?wait=true", "after they are gone") == 200)
        for channel in requests { try await channel.close() }
        try await cluster.expectAgreement([1, 2, 3, 4], atLeast: 3)
    }
}
