import App
import Foundation
import NIOCore
import NIOPosix
import NodeHTTP
import Testing

/// Real processes, sockets and disks.
@Suite(.serialized, .timeLimit(.minutes(5))) struct ClusterTests {
    @Test("Under load nodes agree; one joins, one leaves, one is evicted, and whoever is killed comes back")
    func life() async throws {
        let cluster = try ClusterOfNodes(nodes: 4)
        for number in 1...4 { try await cluster.wait(number) { $0.phase == .member } }
        #expect(try await cluster.post(1, "/submit", "x", hasToken: false) == 401)
        #expect(try await cluster.post(1, "/submit?wait=true", "first") == 200)

        // Payloads flow while all else happens.
        let flow = Task {
            for number in 0..<150 {
                _ = try? await cluster.post(1 + number % 3, "/submit", "payload \(number)", seconds: 5)
                try await Task.sleep(for: .milliseconds(20))
            }
        }
        let id = try await cluster.status(1).id
        let joined = try ClusterOfNodes.run([
            "join", "--via", "\(id)@127.0.0.1:\(cluster.port + 1)", "--folder", cluster.path(5, ""),
            "--address", "127.0.0.1:\(cluster.port + 5)", "--http-port", "\(cluster.port + 1_005)",
        ])
        #expect(joined.status == 0, "\(joined.output)")
        try cluster.start(5)
        try await cluster.wait(5) { $0.phase == .member }
        #expect(try await cluster.post(5, "/submit?wait=true", "from the fifth") == 200)

        cluster.signal(4, SIGKILL)
        #expect(try await cluster.post(2, "/submit?wait=true", "while one is down") == 200)
        try cluster.start(4)
        try await cluster.wait(4) { $0.phase == .member }
        #expect(try await cluster.post(4, "/submit?wait=true", "back again") == 200)
        try await flow.value
        try await cluster.expectAgreement([1, 2, 3, 4, 5], atLeast: 150)

        // One leaves, another is voted out.
        #expect(try await cluster.post(5, "/leave") == 202)
        try await cluster.wait(5) { $0.phase == .removed }
        try await cluster.wait(1) { $0.voters == 4 }
        let evicted = try await cluster.status(4).id
        for number in 1...3 { #expect(try await cluster.post(number, "/evict/\(evicted)") == 202) }
        try await cluster.wait(4) { $0.phase == .removed }
        try await cluster.expectAgreement([1, 2, 3], atLeast: 154)
        let history = try await cluster.get(1, "/members/history", as: [ChangeReply].self)
        #expect(history.map(\.change) == ["founded", "founded", "founded", "founded", "added", "removed", "removed"])
    }

    @Test("A node that is stopped for a while, and all nodes killed at once, lose nothing and fork nothing")
    func crashes() async throws {
        let cluster = try ClusterOfNodes(nodes: 4, mode: "single")
        for number in 1...4 { try await cluster.wait(number) { $0.phase == .member } }
        cluster.signal(4, SIGSTOP)
        for number in 0..<20 {
            #expect(try await cluster.post(1 + number % 3, "/submit?wait=true", "\(number)") == 200)
        }
        cluster.signal(4, SIGCONT)
        try await cluster.expectAgreement([1, 2, 3, 4], atLeast: 21)
        var decided = try await cluster.blocks(1).map(\.digest)
        for round in 0..<2 {
            let flow = Task {
                for number in 0..<40 {
                    let text = "\(round) \(number)"
                    guard (try? await cluster.post(1 + number % 4, "/submit", text, seconds: 1)) != nil else { return }
                }
            }
            try await cluster.wait(2) { $0.blocks > decided.count }
            for number in 1...4 { cluster.signal(number, SIGKILL) }
            await flow.value
            for number in 1...4 { try cluster.start(number) }
            for number in 1...4 { try await cluster.wait(number) { $0.phase == .member } }
            #expect(try await cluster.post(3, "/submit?wait=true", "after \(round)") == 200)
            try await cluster.expectAgreement([1, 2, 3, 4], atLeast: decided.count + 1)
            let now = try await cluster.blocks(1).map(\.digest)
            #expect(Array(now.prefix(decided.count)) == decided)
            decided = now
        }
        // In good order, the status says so.
        cluster.signal(1, SIGTERM)
        #expect(cluster.exitStatus(1) == 0)
    }

    @Test("A node restored from an old copy, or with its store lost, learns what it forgot before it goes on")
    func oldCopy() async throws {
        let cluster = try ClusterOfNodes(nodes: 4)
        for number in 1...4 { try await cluster.wait(number) { $0.phase == .member } }
        #expect(try await cluster.post(4, "/submit?wait=true", "before the copy") == 200)
        cluster.signal(4, SIGTERM)
        let (store, copy) = (cluster.path(4, "node.sqlite"), cluster.path(4, "copy.sqlite"))
        try FileManager.default.copyItem(atPath: store, toPath: copy)
        try cluster.start(4)
        try await cluster.wait(4) { $0.phase == .member }
        #expect(try await cluster.post(4, "/submit?wait=true", "after the copy") == 200)
        for usesCopy in [true, false] {
            cluster.signal(4, SIGKILL)
            for file in [store, store + "-wal", store + "-shm"] { try? FileManager.default.removeItem(atPath: file) }
            if usesCopy { try FileManager.default.copyItem(atPath: copy, toPath: store) }
            try cluster.start(4)
            try await cluster.wait(4) { $0.phase == .member }
            #expect(try await cluster.post(4, "/submit?wait=true", "with a copy: \(usesCopy)") == 200)
        }
        try await cluster.expectAgreement([1, 2, 3, 4], atLeast: 5)
        #expect(try await cluster.status(1).voters == 4)
    }

    @Test("Strangers, those of another network and the silent are turned away, and disturb nobody")
    func strangers() async throws {
        let cluster = try ClusterOfNodes(nodes: 4, membership: "closed")
        for number in 1...4 { try await cluster.wait(number) { $0.phase == .member } }
        // A connection that says nothing, and one that says nonsense.
        let silent = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: "127.0.0.1", port: cluster.port + 1).get()
        let garbage = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: "127.0.0.1", port: cluster.port + 1).get()
        try? await garbage.writeAndFlush(ByteBuffer(repeating: 0x41, count: 100_000))
        try await garbage.closeFuture.get()
        // A stranger that asks to be let in where nobody is.
        let id = try await cluster.status(1).id
        let stranger = try ClusterOfNodes.run([
            "join", "--via", "\(id)@127.0.0.1:\(cluster.port + 1)", "--folder", cluster.path(9, ""),
            "--address", "127.0.0.1:\(cluster.port + 9)",
        ])
        #expect(stranger.status == 1 && stranger.output.contains("not admitted"), "\(stranger.output)")
        // A node of another network of the same members: its info differs.
        cluster.signal(4, SIGTERM)
        let file = cluster.path(4, "network.toml")
        let text = try String(contentsOfFile: file, encoding: .utf8)
        let other = text.replacing("mode = 'supermajority'", with: "mode = 'single'")
        try #require(other != text)
        try other.write(toFile: file, atomically: true, encoding: .utf8)
        try cluster.start(4)
        while cluster.exitStatus(4) == nil { try await Task.sleep(for: .milliseconds(20)) }
        #expect(cluster.exitStatus(4) == 1, "its store is of the network that it was in before")
        try FileManager.default.removeItem(atPath: cluster.path(4, "node.sqlite"))
        try cluster.start(4)
        try await cluster.wait(4) { $0.phase == .recovering }
        #expect(try await cluster.post(1, "/submit?wait=true", "undisturbed") == 200)
        #expect(try await cluster.status(4).blocks == 0)
        try await silent.close()
    }
}
