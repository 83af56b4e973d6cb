import App
import ArgumentParser
import Foundation
import Identity
import NodeHTTP
import Transport

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "status", abstract: "Shows where a node stands.")

    @OptionGroup var options: ClientOptions

    func run() async throws {
        let answer = try await options.client().get("/status")
        try options.show(answer, as: StatusReply.self, ["", ""]) { status in
            [
                ["identity", status.id], ["network", status.network], ["phase", status.phase.rawValue],
                ["blocks", "\(status.blocks)"], ["state", status.stateDigest], ["voters", "\(status.voters)"],
                ["connected", "\(status.connected)"], ["events", "\(status.events)"],
                ["elections", "\(status.elections)"], ["queued", "\(status.queued)"],
                ["undecided", "\(status.undecided)"], ["quiet", status.quiet ? "yes" : "no"],
            ]
        }
    }
}

struct PeersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "peers",
        abstract: "Lists the members with which a node has a connection."
    )

    @OptionGroup var options: ClientOptions

    func run() async throws {
        let answer = try await options.client().get("/peers")
        try options.show(answer, as: [String].self, ["identity"]) { $0.map { [$0] } }
    }
}

struct MembersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "members",
        abstract: "Lists the members, or how the group came to be."
    )

    @OptionGroup var options: ClientOptions

    @Flag(help: "List all changes of the group.")
    var history = false

    func run() async throws {
        let client = try options.client()
        if history {
            try options.show(
                try await client.get("/members/history"),
                as: [ChangeReply].self,
                ["block", "change", "identity"]
            ) { $0.map { ["\($0.block)", $0.change, $0.peer] } }
        } else {
            try options.show(
                try await client.get("/members"),
                as: [MemberReply].self,
                ["identity", "connected", "addresses"]
            ) { $0.map { [$0.id, $0.connected ? "yes" : "no", $0.addresses.joined(separator: " ")] } }
        }
    }
}

struct SubmitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "submit",
        abstract: "Submits a payload: the argument, a file, or standard input."
    )

    @OptionGroup var options: ClientOptions

    @Argument(help: "The payload; without it and --file, standard input.")
    var payload: String?

    @Option(help: "A file with the payload.")
    var file: String?

    @Flag(help: "Wait until the payload is a block.")
    var wait = false

    func run() async throws {
        let bytes: Data
        if let payload {
            bytes = Data(payload.utf8)
        } else if let file {
            do { bytes = try Data(contentsOf: URL(filePath: file)) } catch {
                throw Failure("cannot read \(file): \(error.localizedDescription)")
            }
        } else {
            bytes = try FileHandle.standardInput.readToEnd() ?? Data()
        }
        let answer = try await options.client().post(wait ? "/submit?wait=true" : "/submit", bytes)
        try options.show(answer, as: SubmitReply.self, ["block", "digest"]) { reply in
            [[reply.block.map { "\($0.number)" } ?? "not yet", reply.block?.digest ?? ""]]
        }
    }
}

struct BlocksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "blocks", abstract: "Lists blocks.")

    @OptionGroup var options: ClientOptions

    @Option(help: "The number of the first block.")
    var from = 0

    @Option(help: "The most blocks.")
    var count = 20

    func run() async throws {
        let answer = try await options.client().get("/blocks?from=\(from)&count=\(count)")
        try options.show(answer, as: [BlockReply].self, BlockReply.headings) { $0.map(\.row) }
    }
}

struct TailCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail",
        abstract: "Prints blocks as they come, until it is interrupted."
    )

    @OptionGroup var options: ClientOptions

    func run() async throws {
        try await options.client().follow("/events") { line in
            guard line.hasPrefix("data: ") else { return }
            // Each block at once, also for a program that reads them.
            defer { fflush(nil) }
            let json = line.dropFirst(6)
            if options.output == .json { return print(json) }
            print(try JSONDecoder().decode(BlockReply.self, from: Data(json.utf8)).row.joined(separator: "  "))
        }
        complain("the node ended it: it stops, or more blocks came than were read")
        throw ExitCode.unreachable
    }
}

struct WhyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why",
        abstract: "Lists what is not decided, and whose votes are missing."
    )

    @OptionGroup var options: ClientOptions

    func run() async throws {
        let answer = try await options.client().get("/why")
        try options.show(
            answer,
            as: [UndecidedReply].self,
            ["digest", "kind", "votes", "needed", "seconds", "missing"]
        ) { payloads in
            payloads.map {
                [
                    String($0.digest.prefix(16)), $0.kind, "\($0.votes.count)", "\($0.needed)",
                    $0.seconds.map { "\(Int($0))" } ?? "?",
                    $0.missing.map { String($0.prefix(12)) }.joined(separator: " "),
                ]
            }
        }
    }
}

struct AdmitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "admit",
        abstract: "Has a node vote for a new member; it takes the votes of more than two thirds."
    )

    @OptionGroup var options: ClientOptions

    @Argument(help: "The new member: IDENTITY@HOST:PORT.")
    var peer: String

    func run() async throws {
        let location = try PeerLocation(peer)
        // A URL's query may hold the colons of an address, and not the brackets of IPv6 (RFC 3986 section 3.4).
        let address = location.address.description.replacing("[", with: "%5B").replacing("]", with: "%5D")
        _ = try await options.client().post("/admit/\(peer.prefix { $0 != "@" })?address=\(address)")
        print("the node votes for it")
    }
}

struct EvictCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evict",
        abstract: "Has a node vote to remove a member; it takes the votes of more than two thirds."
    )

    @OptionGroup var options: ClientOptions

    @Argument(help: "The identity of the member.")
    var peer: String

    func validate() throws {
        do { _ = try ReadableID.read(peer) } catch { throw ValidationError("\(peer): \(error)") }
    }

    func run() async throws {
        _ = try await options.client().post("/evict/\(peer)")
        print("the node votes to remove it")
    }
}

struct LeaveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "leave",
        abstract: "Has a node leave the network; the others agree to it by themselves."
    )

    @OptionGroup var options: ClientOptions

    func run() async throws {
        _ = try await options.client().post("/leave")
        print("the node votes to leave; stop it once its phase is \"removed\"")
    }
}

extension BlockReply {
    static let headings = ["block", "digest", "kind", "payload"]

    var row: [String] {
        let text = Data(base64Encoded: payload).flatMap { String(data: $0, encoding: .utf8) } ?? payload
        let shown = peer ?? text.replacing(#/\s+/#, with: " ")
        return ["\(number)", String(digest.prefix(16)), kind, String(shown.prefix(64))]
    }
}
