import AsyncHTTPClient
import App
import Foundation
import NodeHTTP
import Testing

extension ClusterTests {
    private struct Account: Decodable, Equatable {
        let balance: UInt64
        let transfers: UInt64
    }

    @Test("Of two transfers that spend the same money one counts, the same at all nodes, also after a restart")
    func ledger() async throws {
        let cluster = try ClusterOfNodes(nodes: 4, program: "ledger")
        for number in 1...4 { try await cluster.wait(number) { $0.phase == .member && $0.blocks == 1 } }
        let network = try await cluster.status(1).network
        var ids: [String] = []
        for number in 1...4 { ids.append(try await cluster.status(number).id) }
        func accounts(_ number: Int) async throws -> [Account] {
            var accounts: [Account] = []
            for id in ids { accounts.append(try await cluster.get(number, "/accounts/\(id)", as: Account.self)) }
            return accounts
        }

        // The first founder pays all that it has to the second at one node, and to the third at another.
        for payee in [2, 3] {
            let paid = try ClusterOfNodes.shell(
                """
                ledger transfer --key "$KEY" --to "$PAYEE" --amount 1000000 --number 0 --network "$NETWORK" |
                parsec-node submit --config "$CONFIG"
                """,
                [
                    "KEY": cluster.path(1, "node.key"), "PAYEE": ids[payee - 1], "NETWORK": network,
                    "CONFIG": cluster.path(payee, "node.toml"),
                ]
            )
            // The second is turned away at once if the first is decided by then.
            if payee == 2 { #expect(paid.status == 0, "\(paid.output)") }
        }
        for number in 1...4 { try await cluster.wait(number) { $0.appliedBlocks >= 2 && $0.quiet } }
        let first = try await accounts(1)
        #expect(first[0] == Account(balance: 0, transfers: 1))
        #expect(first.map(\.balance).sorted() == [0, 1_000_000, 1_000_000, 2_000_000])
        for number in 2...4 { #expect(try await accounts(number) == first, "node \(number)") }

        cluster.signal(4, SIGKILL)
        try cluster.start(4)
        try await cluster.wait(4) { $0.phase == .member }
        #expect(try await accounts(4) == first)
        #expect(try await cluster.status(4).stateDigest == cluster.status(1).stateDigest)

        // A transfer that nobody signed is no payload of this application's.
        #expect(try await cluster.post(1, "/submit", "a million, please") == 422)
    }

    @Test("A node whose queue is full says so to whoever submits, and drops nothing that it took")
    func queueIsFull() async throws {
        let cluster = try ClusterOfNodes(nodes: 1, starts: false)
        // It begins an exchange once a minute, so that what is submitted waits.
        let file = cluster.path(1, "node.toml")
        let text = try String(contentsOfFile: file, encoding: .utf8)
            .replacing("exchange-interval = 8", with: "exchange-interval = 60000")
            .replacing("queued-payloads = 20000", with: "queued-payloads = 3")
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        try cluster.start(1)
        try await cluster.wait(1) { $0.phase == .member }
        var taken = 0
        while taken < 10, try await cluster.post(1, "/submit", "payload \(taken)") == 202 { taken += 1 }
        // One more if the node was just about to vote.
        #expect(taken == 3 || taken == 4)
        #expect(try await cluster.post(1, "/submit", "one more") == 429)
        let command = try ClusterOfNodes.run(["submit", "one more", "--config", file])
        #expect(command.status == 1 && command.output.contains("too many payloads wait"), "\(command.output)")
        #expect(try await cluster.status(1).queued == 3)
    }

    @Test("Commands that make files say what makes no sense before they write, or ask others for votes")
    func files() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "parsec-files-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        // 64 is EX_USAGE: the arguments make no sense.
        for arguments in [
            ["init", "--address", "nowhere"], ["init", "--address", "127.0.0.1:7001", "--founder", "Bob"],
            ["join", "--via", "peer-x@127.0.0.1:1", "--address", "127.0.0.1:7001"],
        ] {
            let made = try ClusterOfNodes.run(arguments + ["--folder", folder])
            #expect(made.status == 64, "\(arguments): \(made.output)")
            #expect(!FileManager.default.fileExists(atPath: folder), "\(arguments)")
        }
        let made = try ClusterOfNodes.run(["init", "--address", "127.0.0.1:7001", "--folder", folder])
        #expect(made.status == 0, "\(made.output)")
        let id = try ClusterOfNodes.run(["keygen", "--output", "\(folder)/other.key"]).output
            .trimmingCharacters(in: .newlines)
        // Nobody answers at that port, and nobody is asked.
        let joined = try ClusterOfNodes.run([
            "join", "--via", "\(id)@127.0.0.1:1", "--address", "127.0.0.1:7001", "--folder", folder,
        ])
        #expect(joined.status == 1 && joined.output.contains("network.toml exists already"), "\(joined.output)")
    }
}
