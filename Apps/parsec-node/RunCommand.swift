import App
import ArgumentParser
import Consensus
import Foundation
import Identity
import Logging
import NodeHTTP
import ParsecCore
import ServiceLifecycle
import SQLiteStorage
import Storage
import TCPTransport
import Transport
import UnixSignals

/// Where the configuration is, and what comes in place of its values.
struct ConfigOptions: ParsableArguments {
    @Option(help: "The configuration file.")
    var config = "node.toml"

    @Option(help: "In place of the configuration's.")
    var listen: String?

    @Option(help: "In place of the configuration's.")
    var http: String?

    @Option(help: "In place of the configuration's.")
    var store: String?

    @Option(help: "In place of the configuration's.")
    var log: String?

    func read() throws -> NodeConfig {
        var config = try NodeConfig.read(self.config)
        for (key, value) in [(.listen, listen), (.http, http), (.store, store), (.log, log)]
            as [(NodeConfig.CodingKeys, String?)]
        {
            if let value { try config.set(key, to: value) }
        }
        return config
    }

    func path(_ path: String) -> String { NodeConfig.resolve(path, beside: config) }
}

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Runs a node until it is interrupted.",
        discussion: "SIGTERM and SIGINT stop it in good order; what was decided is stored then."
    )

    @OptionGroup var options: ConfigOptions

    func run() async throws {
        let config = try options.read()
        let level = try config.logLevel()
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        let logger = Logger(label: "parsec")
        let keys = try KeyFile.read(options.path(config.key))
        let invitation = try NetworkFile.read(options.path(config.network))
        let store: any Store =
            config.store.isEmpty
            ? MemoryStore()
            : try SQLiteStore(
                path: options.path(config.store),
                kinds: StoredForm.Kinds(digests: SHA256Digests(), signatures: .ed25519)
            )
        let transport = try TCPTransport(
            keys,
            TCPTransport.Options(listen: try config.address(config.listen, .listen)),
            logger: logger
        )
        let node = try await Node(
            NodeParts(
                cryptography: .standard(keys),
                invitation: invitation,
                transport: transport,
                store: store,
                membership: try config.policy(),
                settings: try config.settings(),
                logger: logger
            )
        )
        var services: [any Service] = [node]
        if !config.http.isEmpty {
            let address = try config.address(config.http, .http)
            let server = NodeServer(
                node,
                NodeServer.Options(
                    host: address.host,
                    port: address.port,
                    token: try NodeConfig.readToken(options.path(config.token))
                )
            )
            services.append(
                server.service(logger: logger) { port in
                    logger.info("answers requests", metadata: ["address": "http://\(address.host):\(port)"])
                }
            )
        }
        // Whichever ends first ends the others: a node whose disk is full must not go on to answer as if all were well.
        let configuration = ServiceGroupConfiguration(
            services: services.map {
                .init(
                    service: $0,
                    successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .gracefullyShutdownGroup
                )
            },
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        try await ServiceGroup(configuration: configuration).run()
    }
}
