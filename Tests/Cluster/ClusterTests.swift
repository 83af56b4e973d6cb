import App
import Foundation
import GraphDiff
import NIOCore
import NIOPosix
import NodeHTTP
import Testing

/// Real processes, sockets and disks.
@Suite(.serialized, .timeLimit(.minutes(20))) struct ClusterTests {
    @Test("Under load nodes agree; one joins, one leaves, one is evicted, and whoever is killed comes back")
    func life() async throws {
        let cluster = try ClusterOfNodes(nodes: 4)
        for number in 1...4 { try await cluster.wait(number) { $0.phase == .member } }
        #expect(try await cluster.post(1, "/submit", "x", hasToken: false) == 401)
        #expect(try await cluster.post(1, "/submit", "x", scheme: "Basic") == 401)
        #expect(try await cluster.post(1, "/submit?wait=true", "first", scheme: "bearer") == 200)

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

        // Whoever trusts none of them can check all of it, given what the founders were.
        let url = "http://127.0.0.1:\(cluster.port + 1_001)"
        let file = cluster.path(1, "network.toml")
        let verified = try ClusterOfNodes.run(["verify", "--url", url, "--network", file])
        #expect(verified.status == 0 && verified.output.contains("3 peers vote after it"), "\(verified.output)")
        let other = cluster.path(1, "other.toml")
        try String(contentsOfFile: file, encoding: .utf8).replacing("info = ''", with: "info = 'another'")
            .write(toFile: other, atomically: true, encoding: .utf8)
        let refused = try ClusterOfNodes.run(["verify", "--url", url, "--network", other])
        #expect(refused.status == 1 && refused.output.contains("block 0 is not proven"), "\(refused.output)")
    }

    @Test("Running nodes, and their stores once they are stopped, compare the same")
    func graphs() async throws {
        let cluster = try ClusterOfNodes(nodes: 4)
        for number in 1...4 { try await cluster.wait(number) { $0.phase == .member } }
        func url(_ number: Int) -> String { "http://127.0.0.1:\(cluster.port + 1_000 + number)" }
        func compare(_ a: String, _ b: String) throws -> GraphComparison {
            let (status, output) = try ClusterOfNodes.run(["diff", "--json", a, b], of: "parsec-graph")
            guard status < 2 else { throw ClusterOfNodes.Failure(description: output) }
            let comparison = try JSONDecoder().decode(GraphComparison.self, from: Data(output.utf8))
            #expect(comparison.isSame == (status == 0))
            return comparison
        }
        // While payloads flow, nodes differ in what is under way, and in nothing that was decided.
        let flow = Task {
            for number in 0..<60 {
                _ = try? await cluster.post(1 + number % 4, "/submit", "payload \(number)", seconds: 5)
                try await Task.sleep(for: .milliseconds(10))
            }
        }
        for _ in 0..<4 {
            let comparison = try compare(url(1), url(2))
            #expect(comparison.blocks.firstDifference == nil && comparison.forks.isEmpty)
        }
        try await flow.value
        try await cluster.expectAgreement([1, 2, 3, 4], atLeast: 61)
        for number in 1...4 { try await cluster.wait(number) { $0.quiet } }

        let live = try compare(url(1), url(3))
        cluster.signal(3, SIGTERM)
        let mixed = try compare(url(1), cluster.path(3, "node.sqlite"))
        cluster.signal(1, SIGTERM)
        let stores = try compare(cluster.path(1, "node.sqlite"), cluster.path(3, "node.sqlite"))
        struct Run: Hashable {
            let side: GraphComparison.Side
            let first: Int
            let last: Int
        }
        for comparison in [mixed, stores] {
            for (one, two) in [(live.progress.a, comparison.progress.a), (live.progress.b, comparison.progress.b)] {
                #expect(one.events == two.events && one.blocks == two.blocks)
            }
            // Peers have other names in dumps; all else is the same.
            #expect(
                Set(comparison.events.map { Run(side: $0.side, first: $0.first, last: $0.last) })
                    == Set(live.events.map { Run(side: $0.side, first: $0.first, last: $0.last) })
            )
            #expect(comparison.blocks == live.blocks && comparison.forks.isEmpty && comparison.computed.count == 0)
            #expect(comparison.checks.a?.isFine == true && comparison.checks.b?.isFine == true)
            #expect(comparison.isSame == live.isSame && comparison.behind == live.behind)
        }
    }

    @Test("A node whose links are cut decides nothing, the others go on, and all is made up for once they are mended")
    func cutLinks() async throws {
        let cluster = try ClusterOfNodes(nodes: 4, starts: false)
        let proxies = try await cluster.putProxies(around: 4, of: 4)
        defer { for proxy in proxies { proxy.close() } }
        for number in 1...4 { try cluster.start(number) }
        for number in 1...4 { try await cluster.wait(number) { $0.phase == .member && $0.connected == 3 } }
        #expect(try await cluster.post(4, "/submit?wait=true", "before") == 200)
        for number in 1...4 { try await cluster.wait(number) { $0.blocks == 2 } }
        for proxy in proxies { try await proxy.setCut(true) }
        #expect(try await cluster.post(4, "/submit", "alone") == 202)
        #expect(try await cluster.post(1, "/submit?wait=true", "without the fourth") == 200)
        #expect(try await cluster.status(4).blocks == 2)
        #expect(try await cluster.status(4).undecided == 1)
        for proxy in proxies { try await proxy.setCut(false) }
        try await cluster.expectAgreement([1, 2, 3, 4], atLeast: 4)
    }

    @Test("The doctor finds what is wrong with a node, names it, and says so by its status")
    func doctor() async throws {
        let cluster = try ClusterOfNodes(nodes: 2, starts: false)
        let config = cluster.path(1, "node.toml")
        func examine() throws -> (status: Int32, output: String) {
            try ClusterOfNodes.run(["doctor", "--config", config])
        }
        var found = try examine()
        #expect(found.status == 1 && found.output.contains("members: 0 of 1 others answer"), "\(found.output)")
        for number in 1...2 { try cluster.start(number) }
        for number in 1...2 { try await cluster.wait(number) { $0.phase == .member } }
        found = try examine()
        #expect(found.status == 0 && found.output.contains("the node runs"), "\(found.output)")
        cluster.signal(1, SIGTERM)

        let taken = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .bind(host: "127.0.0.1", port: cluster.port + 1).get()
        try Data("nothing".utf8).write(to: URL(filePath: cluster.path(1, "node.sqlite")))
        try FileManager.default.removeItem(atPath: cluster.path(1, "token"))
        try Data("rubbish".utf8).write(to: URL(filePath: cluster.path(1, "node.key")))
        found = try examine()
        #expect(found.status == 1)
        for fault in ["key: ", "token: ", "store: ", "port 127.0.0.1:\(cluster.port + 1): "] {
            let line = found.output.split(separator: "\n").first { $0.hasPrefix(fault) }
            #expect(line?.hasSuffix(": ok") == false, "\(fault)\(found.output)")
        }
        try await taken.close()
        try Data("membership = 3".utf8).write(to: URL(filePath: config))
        found = try examine()
        #expect(found.status == 1 && found.output.contains("configuration: "), "\(found.output)")
    }

    /// Whether this machine lets the test have a disk of its own, which takes the rights to mount one.
    private static var hasSmallDisks: Bool {
        let folder = NSTemporaryDirectory() + "parsec-disk-\(UUID())"
        guard (try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)) != nil
        else {
            return false
        }
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return SmallDisk.run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder)
            && SmallDisk.run("umount", folder)
    }

    @Test(
        "A node whose disk is full stops, and goes on from where it was once there is room",
        .enabled("this machine does not let tests mount a small disk", { hasSmallDisks })
    )
    func diskFull() async throws {
        let cluster = try ClusterOfNodes(nodes: 4, mode: "single", starts: false)
        let disk = try #require(SmallDisk(at: cluster.path(4, "disk"), megabytes: 4))
        for number in 1...3 { try cluster.start(number) }
        try cluster.start(4, store: disk.folder + "/node.sqlite")
        for number in 1...4 { try await cluster.wait(number) { $0.phase == .member } }
        let payload = String(repeating: "x", count: 100_000)
        var sent = 0
        while cluster.exitStatus(4) == nil {
            #expect(try await cluster.post(1, "/submit?wait=true", "\(sent) \(payload)") == 200)
            sent += 1
        }
        #expect(cluster.exitStatus(4) == 1)
        #expect(cluster.log(4).contains("no space left"), "\(cluster.log(4))")
        try #require(disk.resize(megabytes: 64))
        try cluster.start(4, store: disk.folder + "/node.sqlite")
        try await cluster.wait(4) { $0.phase == .member }
        #expect(try await cluster.post(4, "/submit?wait=true", "back") == 200)
        try await cluster.expectAgreement([1, 2, 3, 4], atLeast: sent + 2)
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
