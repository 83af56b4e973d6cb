public import App
import Consensus
import Identity
public import Logging
public import NodeHTTP
import ParsecCore
import ServiceLifecycle
import SQLiteStorage
import Storage
import TCPTransport
import Transport
import UnixSignals

/// A node as its configuration says, with an application of one's own.
public struct NodeBuild: Sendable {
    public let node: Node

    /// The node's HTTP interface, unless the configuration wants none.
    public let server: NodeServer?
    private let logger: Logger

    /// - Parameters:
    ///   - config: the configuration.
    ///   - file: where it was read; what it names stands beside it.
    /// - Throws: what is wrong with the key, the network, the store or the configuration.
    public init(
        _ config: NodeConfig,
        beside file: String,
        application: any Application = NoApplication(),
        logger: Logger
    ) async throws {
        func path(_ path: String) -> String { NodeConfig.resolve(path, beside: file) }
        let keys = try KeyFile.read(path(config.key))
        let kinds = StoredForm.Kinds(digests: SHA256Digests(), signatures: .ed25519)
        let listen = try config.address(config.listen, .listen)
        let http = try config.httpAddress()
        let token = try NodeConfig.readToken(path(config.token))
        node = try await Node(
            NodeParts(
                cryptography: .standard(keys),
                invitation: try NetworkFile.read(path(config.network)),
                application: application,
                transport: try TCPTransport(keys, TCPTransport.Options(listen: listen), logger: logger),
                store: config.store.isEmpty
                    ? MemoryStore() : try SQLiteStore(path: path(config.store), kinds: kinds),
                membership: try config.policy(),
                settings: try config.settings(),
                logger: logger
            )
        )
        self.logger = logger
        guard let address = http else {
            server = nil
            return
        }
        server = NodeServer(node, NodeServer.Options(host: address.host, port: address.port, token: token))
    }

    /// Runs the node and its HTTP interface until SIGTERM or SIGINT comes.
    ///
    /// - Parameter routes: adds the application's own routes.
    public func run(routes: (NodeServer.Routes) -> Void = { _ in }) async throws {
        // Groups shut down in reverse: the node first, which ends all that its HTTP interface waits for.
        var services: [any Service] = [node]
        if let server { services.insert(server.service(logger: logger, routes: routes), at: 0) }
        // Whichever ends first ends the others: a node whose disk is full must not go on to answer as if all were well.
        var configuration = ServiceGroupConfiguration(
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
        // Those that read or write too slowly do not hold it up.
        configuration.maximumGracefulShutdownDuration = .seconds(10)
        try await ServiceGroup(configuration: configuration).run()
    }

    /// Lets what a node has to say go to standard error.
    public static func logger(_ config: NodeConfig) throws -> Logger {
        let level = try config.logLevel()
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        return Logger(label: "parsec")
    }
}
