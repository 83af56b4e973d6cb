import App
import ArgumentParser
import Consensus
import Foundation
import Identity
import Logging
import NodeFiles
import ParsecCore
import TCPTransport
import Transport
import Voting

struct KeygenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keygen",
        abstract: "Makes a key, and prints the identity that goes with it."
    )

    @Option(help: "The file for the key; it must not be there yet.")
    var output = "node.key"

    func run() throws {
        let keys = KeyPair()
        try KeyFile.write(keys, to: output)
        print(ReadableID.text(of: keys.id) ?? "")
    }
}

struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Makes the files of a new network's node: a key if there is none, the network, the configuration.",
        discussion:
            "Each founder runs it with the same founders in the same files; parsec-node keygen makes identities."
    )

    @Option(help: "The folder for the files.")
    var folder = "."

    @Option(name: .customLong("founder"), help: "IDENTITY@HOST:PORT of each founder but this node.")
    var founders: [String] = []

    @Option(help: "Where others find this node.")
    var address: String

    @Option(help: "supermajority or single.")
    var mode = "supermajority"

    @Option(help: "Words that tell apart networks of the same founders.")
    var info = ""

    func validate() throws {
        guard ["single", "supermajority"].contains(mode) else {
            throw ValidationError("--mode: expected supermajority or single, found \(mode)")
        }
    }

    func run() throws {
        let own = try readAddress(address)
        let others = try founders.map(PeerLocation.init)
        let files = NodeFiles(folder: folder)
        let keys = try files.prepare()
        let members =
            others.map { Candidate(id: $0.id, info: MemberInfo(addresses: [$0.address])) }
            + [Candidate(id: keys.id, info: MemberInfo(addresses: [own]))]
        let network = Network(
            genesis: members.map(\.id),
            info: Array(info.utf8),
            mode: mode == "single" ? .single : .supermajority
        )
        try files.write(Invitation(network: network, members: members), listen: own, http: 8_000)
        print("network \(network.digest(using: SHA256Digests()))")
        print("start the node with: parsec-node run --config \(folder)/node.toml")
    }
}

/// Reads where a node is to be found, of the argument `--address`.
private func readAddress(_ text: String) throws -> PeerAddress {
    guard let address = PeerAddress(text) else {
        throw ValidationError("--address: expected HOST:PORT, found \(text)")
    }
    return address
}

/// A peer, and where it is: `IDENTITY@HOST:PORT`.
struct PeerLocation: Hashable, Sendable {
    let id: PeerID
    let address: PeerAddress

    init(_ text: String) throws {
        let parts = text.split(separator: "@", maxSplits: 1)
        guard parts.count == 2, let address = PeerAddress(String(parts[1])) else {
            throw ValidationError("expected IDENTITY@HOST:PORT, found \(text)")
        }
        do { id = try ReadableID.read(String(parts[0])) } catch {
            throw ValidationError("\(parts[0]): \(error)")
        }
        self.address = address
    }
}

/// The files of a node in its folder.
struct NodeFiles {
    let folder: String

    /// Makes sure that there is a folder, with a key and without the files that are going to be written.
    func prepare() throws -> KeyPair {
        for name in ["network.toml", "node.toml", "token"] {
            guard !FileManager.default.fileExists(atPath: "\(folder)/\(name)") else {
                throw Failure("\(folder)/\(name) exists already; choose another folder")
            }
        }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let keyPath = "\(folder)/node.key"
        if !FileManager.default.fileExists(atPath: keyPath) { try KeyFile.write(KeyPair(), to: keyPath) }
        return try KeyFile.read(keyPath)
    }

    /// Writes the network and the configuration, and a token.
    func write(_ invitation: Invitation, listen: PeerAddress, http: Int, membership: String = "closed") throws {
        try NetworkFile(invitation).write(to: "\(folder)/network.toml")
        let token = (0..<32).map { _ in String(UInt8.random(in: 0...15), radix: 16) }.joined()
        try TOMLFile.create("\(folder)/token", Data("\(token)\n".utf8), mode: 0o600)
        var config = NodeConfig()
        config.listen = listen.description
        config.addresses = [listen.description]
        config.http = "127.0.0.1:\(http)"
        config.token = "token"
        config.membership = membership
        try TOMLFile.create("\(folder)/node.toml", Data(config.text.utf8))
    }
}

struct TestnetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "testnet",
        abstract: "Makes the files of several nodes on this machine, and a script that starts them."
    )

    @Option(name: .shortAndLong, help: "How many nodes.")
    var nodes = 4

    @Option(name: .shortAndLong, help: "The folder for the files; it must not be there yet.")
    var output: String

    @Option(help: "The first port; node I takes connections at this plus I, and requests at this plus 1000 plus I.")
    var port = 7_000

    @Option(help: "supermajority or single.")
    var mode = "supermajority"

    @Option(help: "closed or open: who gets the nodes' votes.")
    var membership = "open"

    func validate() throws {
        guard (1...100).contains(nodes) else { throw ValidationError("-n: expected 1 to 100 nodes") }
        guard (1...64_000).contains(port) else { throw ValidationError("--port: expected 1 to 64000") }
        guard ["single", "supermajority"].contains(mode) else {
            throw ValidationError("--mode: expected supermajority or single")
        }
        guard ["closed", "open"].contains(membership) else {
            throw ValidationError("--membership: expected closed or open")
        }
    }

    func run() throws {
        guard !FileManager.default.fileExists(atPath: output) else {
            throw Failure("\(output) exists already; choose another folder")
        }
        var members: [Candidate] = []
        for number in 1...nodes {
            let folder = "\(output)/node\(number)"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let keys = KeyPair()
            try KeyFile.write(keys, to: "\(folder)/node.key")
            let address = PeerAddress(host: "127.0.0.1", port: port + number)
            members.append(Candidate(id: keys.id, info: MemberInfo(addresses: [address])))
        }
        let network = Network(genesis: members.map(\.id), mode: mode == "single" ? .single : .supermajority)
        for (number, member) in members.enumerated() {
            try NodeFiles(folder: "\(output)/node\(number + 1)").write(
                Invitation(network: network, members: members),
                listen: member.info.addresses[0],
                http: port + 1_001 + number,
                membership: membership
            )
        }
        let script = """
            #!/bin/sh
            # Starts all nodes, and stops them when it is interrupted. PARSEC_NODE names the program.
            cd "$(dirname "$0")" || exit 1
            trap 'kill $(jobs -p) 2>/dev/null; wait' INT TERM EXIT
            for folder in node*/; do
                "${PARSEC_NODE:-parsec-node}" run --config "$folder/node.toml" 2>"$folder/log" &
            done
            wait

            """
        try TOMLFile.create("\(output)/start", Data(script.utf8), mode: 0o755)
        print("\(nodes) nodes in \(output); start them with \(output)/start")
        print("requests are answered at http://127.0.0.1:\(port + 1_001) and the following ports")
    }
}

struct JoinCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "join",
        abstract: "Asks a member to admit this node, and writes the files that it needs.",
        discussion: "After that, run it: it takes part once more than two thirds of the members voted for it."
    )

    @Option(help: "The member to ask: IDENTITY@HOST:PORT.")
    var via: String

    @Option(help: "The folder for the files.")
    var folder = "."

    @Option(help: "Where this node takes connections, and others find it.")
    var address: String

    @Option(help: "The port for HTTP requests on this machine.")
    var httpPort = 8_000

    @Option(help: "The digest of the network, if it has to be a certain one.")
    var network: String?

    func run() async throws {
        let own = try readAddress(address)
        let member = try PeerLocation(via)
        let files = NodeFiles(folder: folder)
        let keys = try files.prepare()
        var logger = Logger(label: "parsec")
        logger.logLevel = .warning
        let transport = try TCPTransport(
            keys,
            TCPTransport.Options(listen: PeerAddress(host: "127.0.0.1", port: 0)),
            logger: logger
        )
        let invitation = try await Joining.ask(
            member.id,
            at: member.address,
            info: MemberInfo(addresses: [own]),
            over: transport
        )
        let digest = invitation.network.digest(using: SHA256Digests()).description
        if let network, network != digest {
            throw Failure("\(via) belongs to the network \(digest), not to \(network); nothing was written")
        }
        try files.write(invitation, listen: own, http: httpPort)
        print("network \(digest), identity \(ReadableID.text(of: keys.id) ?? "")")
        print("start the node with: parsec-node run --config \(folder)/node.toml")
    }
}

struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Shows configurations.",
        subcommands: [Show.self, Default.self]
    )

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints the configuration as it holds, after the environment and flags."
        )

        @OptionGroup var options: ConfigOptions

        func run() throws { print(try options.read().text, terminator: "") }
    }

    struct Default: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Prints a configuration with the defaults.")

        func run() { print(NodeConfig().text, terminator: "") }
    }
}
