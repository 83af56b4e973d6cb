import App
import ArgumentParser
import Consensus
import Foundation
import Hummingbird
import Identity
import NodeFiles
import NodeHTTP
import ParsecCore

/// A replicated ledger: a node of one's own in few lines.
@main
struct LedgerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger",
        abstract: "Runs a node that keeps accounts, and makes transfers for it.",
        subcommands: [RunCommand.self, TransferCommand.self]
    )
}

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Runs a node; its files are those of parsec-node.",
        discussion: "GET /accounts/IDENTITY tells what is on an account; POST /submit takes a transfer."
    )

    @Option(help: "The configuration file.")
    var config = "node.toml"

    func run() async throws {
        let config = try NodeConfig.read(self.config)
        let invitation = try NetworkFile.read(NodeConfig.resolve(config.network, beside: self.config))
        let ledger = Ledger(network: invitation.network.digest(using: SHA256Digests()))
        let logger = try NodeBuild.logger(config)
        try await NodeBuild(config, beside: self.config, application: ledger, logger: logger).run { routes in
            routes.get("/accounts/{id}") { _, context in
                let id: PeerID
                do { id = try ReadableID.read(context.parameters.require("id")) } catch {
                    throw HTTPError(.badRequest, message: "\(error)")
                }
                let account = await ledger.account(id)
                return "{\"balance\": \(account.balance), \"transfers\": \(account.transfers)}\n"
            }
        }
    }
}

struct TransferCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transfer",
        abstract: "Signs a transfer, and writes it to standard output, for parsec-node submit."
    )

    @Option(help: "The file with the payer's key.")
    var key: String

    @Option(help: "The payee's identity.")
    var to: String

    @Option(help: "How much.")
    var amount: UInt64

    @Option(help: "How many transfers the payer made before; the account tells.")
    var number: UInt64

    @Option(help: "The digest of the network; parsec-node status tells.")
    var network: String

    func run() throws {
        guard let network = Digest(hexadecimal: network) else {
            throw ValidationError("--network: expected 64 hexadecimal digits, found \(network)")
        }
        let transfer = Transfer(
            from: try KeyFile.read(key),
            to: try ReadableID.read(to),
            amount: amount,
            number: number,
            network: network
        )
        try FileHandle.standardOutput.write(contentsOf: Data(transfer.payload))
    }
}
