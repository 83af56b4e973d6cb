public import App
import Consensus
import Foundation
import GraphDiff
import GraphFormats
public import Hummingbird
import HummingbirdCore
import Identity
public import Logging
import Membership
import NIOCore
import ParsecCore
public import ServiceLifecycle
import Transport
package import Voting

/// A node's HTTP interface.
public struct NodeServer: Sendable {
    /// How the interface is reached.
    public struct Options: Hashable, Sendable {
        /// A host and a port; anybody who reaches them can read.
        public var host: String
        public var port: Int

        /// What has to be given, as a bearer token (RFC 6750), with requests that change something; nil if nothing has.
        public var token: String?

        /// The most bytes of a request.
        public var requestBytes = 1 << 24

        /// The most connections at a time; others wait until one is closed.
        public var connections = 1_024

        /// How long a connection lasts on which nothing is asked, or of a request nothing more comes.
        public var idleTime = Duration.seconds(60)

        /// The most blocks, events or payloads in one answer.
        public var listed = 1_000

        /// The most bytes of payloads in one answer, unless a single block has more.
        public var listedBytes = 1 << 24

        public init(host: String = "127.0.0.1", port: Int, token: String? = nil) {
            self.host = host
            self.port = port
            self.token = token
        }
    }

    /// To what an application adds its own routes.
    public typealias Routes = Router<BasicRequestContext>

    private let node: Node
    private let options: Options

    public init(_ node: Node, _ options: Options) {
        self.node = node
        self.options = options
    }

    /// A service that answers requests.
    ///
    /// In a service group it stands before the node: groups shut down in reverse, and whoever waits for a block, or follows
    /// them, is told by the node when that stops.
    ///
    /// - Parameters:
    ///   - logger: for what the server has to say.
    ///   - routes: adds an application's own routes; all of them but GET are behind the token as well.
    public func service(
        logger: Logger,
        routes: (Routes) -> Void = { _ in }
    ) -> some Service {
        let router = router
        routes(router)
        return Listener(
            address: PeerAddress(host: options.host, port: options.port),
            application: Hummingbird.Application(
                router: router,
                server: .http1(configuration: .init(idleTimeout: TimeAmount(options.idleTime))),
                configuration: ApplicationConfiguration(
                    address: .hostname(options.host, port: options.port),
                    serverName: "parsec",
                    availableConnectionsDelegate: MaximumAvailableConnections(options.connections)
                ),
                logger: logger
            )
        )
    }

    /// Says at which address it is that requests cannot be taken.
    private struct Listener<Server: Service>: Service {
        let address: PeerAddress
        let application: Server

        func run() async throws {
            do { try await application.run() } catch let error as IOError {
                throw TransportError.cannotListen(address, reason: "\(error)")
            }
        }
    }

    // MARK: - Routes

    private var router: Routes {
        let router = Router()
        router.add(middleware: TokenCheck(token: options.token))
        router.add(middleware: LocalPages())
        addRoutes(to: router)
        addGraphRoutes(to: router)
        addChanges(to: router)
        Page.addRoutes(to: router)
        return router
    }

    /// The method and path of each route, such as `GET /status`.
    package var routes: [String] { router.routes.map { "\($0.method) \($0.path)" } }

    private func addRoutes(to router: Router<BasicRequestContext>) {
        let (node, options) = (node, options)
        router.get("/health") { _, _ in "ok\n" }
        router.get("/ready") { _, _ -> EditedResponse<String> in
            let phase = await node.status.phase
            return EditedResponse(status: phase == .member ? .ok : .serviceUnavailable, response: "\(phase)\n")
        }
        router.get("/status") { _, _ in Reply(StatusReply(await node.status)) }
        router.get("/members") { _, _ in
            let connected = Set(await node.status.connected)
            return Reply(
                await node.members.map { member in
                    MemberReply(
                        id: text(of: member.id),
                        addresses: member.info.addresses.map(\.description),
                        connected: connected.contains(member.id)
                    )
                }
            )
        }
        router.get("/peers") { _, _ in Reply(await node.status.connected.map(text)) }
        router.get("/members/history") { _, _ in Reply(try await NodeServer.history(of: node)) }
        router.get("/blocks") { request, _ in
            let (from, count) = try NodeServer.range(request, options.listed)
            let blocks = try await NodeServer.blocks(node, from, count, bytes: options.listedBytes)
            return Reply(blocks.map(BlockReply.init))
        }
        router.get("/blocks/{number}") { _, context in Reply(BlockReply(try await NodeServer.block(node, context))) }
        router.get("/blocks/{number}/proof") { _, context in
            Reply(ProofReply(try await NodeServer.block(node, context)))
        }
        router.get("/why") { _, _ in Reply(await node.undecided(limit: options.listed).map(UndecidedReply.init)) }
        router.get("/evidence") { _, _ in
            Reply(await node.evidence.prefix(options.listed).map { EvidenceReply($0, node.network) })
        }
        router.get("/metrics") { _, _ in NodeServer.metrics(await node.status) }
        router.get("/events") { request, _ in NodeServer.events(await node.follow(), for: request) }
    }

    private func addGraphRoutes(to router: Router<BasicRequestContext>) {
        let (node, options) = (node, options)
        router.get("/graph") { request, _ in
            let (from, count) = try NodeServer.range(request, options.listed)
            return Reply(await node.events(from: from, count: count).map(EventReply.init))
        }
        router.get("/graph/dump") { _, _ in DOTWriter.write(try await NodeServer.dump(of: node)) }
        router.get("/graph/heads") { _, _ in
            let (agreement, status) = (await node.agreement, await node.status)
            return Reply(
                GraphHeads(agreement, network: status.network, owner: node.id, blocks: status.blocks, name: text(of:))
            )
        }
        router.get("/graph/chain") { request, _ in
            let (from, count) = try NodeServer.range(request, options.listed)
            let agreement = await node.agreement
            let id: PeerID
            do { id = try ReadableID.read(request.uri.queryParameters["peer"].map(String.init) ?? "") } catch {
                throw HTTPError(.badRequest, message: "peer: \(error)")
            }
            let peer = agreement.peers.index(of: id)
            return Reply(peer.map { GraphHeads.chain(of: $0, in: agreement, from: from, count: count) } ?? [])
        }
        router.get("/graph/election") { _, _ in
            Reply(GraphHeads.election(of: await node.agreement, most: options.listed, name: text(of:)))
        }
        let view = GraphView()
        router.get("/graph/view") { request, _ in
            func number(_ name: String) throws -> Int { try NodeServer.number(request, name, 0) }
            return Reply(
                await view.reply(
                    await node.agreement,
                    network: await node.status.network,
                    owner: node.id,
                    from: try number("from"),
                    marks: try number("marks"),
                    outcomes: try number("outcomes")
                )
            )
        }
        router.get("/explain") { request, _ in Reply(try await NodeServer.explanation(request, node)) }
    }

    /// Reads a body that is a payload.
    private static func payload(_ body: RequestBody, limit: Int) async throws -> [UInt8] {
        let bytes: ByteBuffer
        do { bytes = try await body.collect(upTo: limit) } catch is NIOTooManyBytesError {
            throw HTTPError(.contentTooLarge, message: "a request has at most \(limit) bytes")
        }
        guard bytes.readableBytes > 0 else {
            throw HTTPError(.badRequest, message: "the body is the payload; it is empty")
        }
        return Array(buffer: bytes)
    }

    private func addChanges(to router: Router<BasicRequestContext>) {
        let (node, options) = (node, options)
        router.post("/submit") { request, _ in
            let payload = try await NodeServer.payload(request.body, limit: options.requestBytes)
            do {
                guard request.uri.queryParameters["wait"] == "true" else {
                    try await node.submit(payload)
                    return EditedResponse(status: .accepted, response: Reply(SubmitReply(accepted: 1, block: nil)))
                }
                let block = try await node.submitAndWait(payload)
                return EditedResponse(status: .ok, response: Reply(SubmitReply(accepted: 1, block: BlockReply(block))))
            } catch let error as SubmissionError { throw error.http }
        }
        router.post("/admit/{peer}") { request, context in
            let peer = try NodeServer.peer(context)
            let addresses = try request.uri.queryParameters.getAll("address").map { text in
                guard let address = PeerAddress(String(text)) else {
                    throw HTTPError(.badRequest, message: "address: expected host:port, found \(text)")
                }
                return address
            }
            do {
                try await node.admit(Candidate(id: peer, info: MemberInfo(addresses: addresses)))
            } catch let error as SubmissionError { throw error.http }
            return HTTPResponse.Status.accepted
        }
        router.post("/evict/{peer}") { _, context in
            do { try await node.remove(try NodeServer.peer(context)) } catch let error as SubmissionError {
                throw error.http
            }
            return HTTPResponse.Status.accepted
        }
        router.post("/leave") { _, _ in
            do { try await node.remove(node.id) } catch let error as SubmissionError { throw error.http }
            return HTTPResponse.Status.accepted
        }
    }

    // MARK: - What requests name

    private static func range(_ request: Request, _ most: Int) throws -> (from: Int, count: Int) {
        (try number(request, "from", 0), min(try number(request, "count", 100), most))
    }

    private static func number(_ request: Request, _ name: String, _ other: Int) throws -> Int {
        guard let text = request.uri.queryParameters[Substring(name)] else { return other }
        guard let number = Int(text), number >= 0 else {
            throw HTTPError(.badRequest, message: "\(name): expected a number from 0 on, found \(text)")
        }
        return number
    }

    /// Explains the block, the payload or the event that a request names.
    private static func explanation(_ request: Request, _ node: Node) async throws -> Explanation {
        let query = request.uri.queryParameters
        let subject: Explanation.Subject
        if query["block"] != nil {
            subject = .block(try number(request, "block", 0))
        } else if let payload = query["payload"] {
            subject = .payload(String(payload))
        } else if let event = query["event"] {
            let peers = await node.agreement.peers
            let labels = PeerLabels((0..<peers.count).map { peers.id(of: PeerIndex($0)) })
            subject = .event(labels.eventName(String(event)))
        } else {
            throw HTTPError(.badRequest, message: "say what to explain: block, payload or event")
        }
        guard await node.status.events <= GraphView.mostEvents else {
            throw HTTPError(.contentTooLarge, message: "the graph is too large for this; use parsec-graph explain")
        }
        do { return try Explanation(subject, in: try await dump(of: node)) } catch let fault as Explanation.Fault {
            throw HTTPError(.notFound, message: fault.description)
        }
    }

    /// The whole graph, with all that was decided.
    static func dump(of node: Node) async throws -> GraphDump {
        let agreement = await node.agreement
        var history: [Digest] = []
        while true {
            let blocks = try await node.blocks(from: history.count, count: 1_000)
            if blocks.isEmpty { return GraphDump(agreement, history: history) }
            history += blocks.map(\.observationDigest)
        }
    }

    /// Blocks from a number on, as many as an answer holds; at least one, if there are any.
    package static func blocks(_ node: Node, _ from: Int, _ count: Int, bytes: Int) async throws -> [Block] {
        var (blocks, size) = ([Block](), 0)
        while blocks.count < count && (blocks.isEmpty || size < bytes) {
            let next = try await node.blocks(from: from + blocks.count, count: min(count - blocks.count, 16))
            if next.isEmpty { break }
            for block in next {
                size += block.observation.byteCount
                if !blocks.isEmpty && size > bytes { break }
                blocks.append(block)
            }
        }
        return blocks
    }

    private static func block(_ node: Node, _ context: BasicRequestContext) async throws -> Block {
        let number = try context.parameters.require("number", as: Int.self)
        guard let block = try await node.blocks(from: number, count: 1).first else {
            throw HTTPError(.notFound, message: "there is no block \(number) yet")
        }
        return block
    }

    private static func peer(_ context: BasicRequestContext) throws -> PeerID {
        let text = try context.parameters.require("peer")
        do { return try ReadableID.read(text) } catch { throw HTTPError(.badRequest, message: "peer: \(error)") }
    }

    private static func history(of node: Node) async throws -> [ChangeReply] {
        var changes: [ChangeReply] = []
        var next = 0
        while true {
            let blocks = try await node.blocks(from: next, count: 1_000)
            guard let last = blocks.last else { return changes }
            next = last.number + 1
            for block in blocks {
                func note(_ change: String, _ peer: PeerID) {
                    changes.append(ChangeReply(block: block.number, change: change, peer: text(of: peer)))
                }
                switch block.observation {
                case .genesis(let group, _): for peer in group { note("founded", peer) }
                case .add(let peer, _): note("added", peer)
                case .remove(let peer, _): note("removed", peer)
                case .accusation(let peer, let malice): note("removed: \(malice)", peer)
                case .opaque, .keyGeneration: break
                }
            }
        }
    }

    // MARK: - Other forms

    /// The figures of a node in the text format of Prometheus.
    private static func metrics(_ status: NodeStatus) -> String {
        let figures: [(name: String, kind: String, help: String, value: Int)] = [
            ("parsec_blocks_total", "counter", "Blocks that are stored.", status.blocks),
            ("parsec_applied_blocks_total", "counter", "Blocks that the application has taken.", status.appliedBlocks),
            ("parsec_events_total", "counter", "Events in the graph.", status.events),
            ("parsec_elections_total", "counter", "Elections that were decided.", status.elections),
            ("parsec_queued_payloads", "gauge", "Payloads that wait to be voted for.", status.queued),
            ("parsec_undecided_payloads", "gauge", "Payloads with votes that are not decided.", status.undecided),
            ("parsec_voters", "gauge", "Voters.", status.voters.count),
            ("parsec_connected_peers", "gauge", "Members with a connection.", status.connected.count),
            ("parsec_exchanges", "gauge", "Exchanges that wait for their answer.", status.exchanges),
            ("parsec_member", "gauge", "Whether the node is a member.", status.phase == .member ? 1 : 0),
        ]
        return figures.map { "# HELP \($0.name) \($0.help)\n# TYPE \($0.name) \($0.kind)\n\($0.name) \($0.value)\n" }
            .joined()
    }

    /// Blocks as server-sent events (HTML Living Standard section 9.2); the id is the block's number.
    ///
    /// Whoever closes the connection is noticed at once, and not by the next block, which may never come.
    private static func events(_ blocks: AsyncStream<Block>, for request: Request) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: ResponseBody { writer in
                let encoder = JSONEncoder()
                try await writer.write(ByteBuffer(string: ": blocks\n\n"))
                try await request.body.consumeWithCancellationOnInboundClose { _ in
                    for await block in blocks {
                        let json = String(decoding: try encoder.encode(BlockReply(block)), as: UTF8.self)
                        let text = "id: \(block.number)\nevent: block\ndata: \(json)\n\n"
                        try await writer.write(ByteBuffer(string: text))
                    }
                }
                try await writer.finish(nil)
            }
        )
    }
}

/// A value that is sent as JSON, with its names in a fixed order.
struct Reply<Value: Encodable>: ResponseGenerator {
    private let value: Value

    init(_ value: Value) {
        self.value = value
    }

    func response(from request: Request, context: some RequestContext) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Response(
            status: .ok,
            headers: [.contentType: "application/json; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: try encoder.encode(value)))
        )
    }
}

/// Lets pages of other nodes on this machine read what this one tells, so that a page can show two nodes side by side.
private struct LocalPages: RouterMiddleware {
    typealias Context = BasicRequestContext

    func handle(
        _ request: Request,
        context: BasicRequestContext,
        next: (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        let hosts: Set = ["127.0.0.1", "localhost", "::1", "[::1]"]
        if request.method == .get, let origin = request.headers[.origin], let host = URL(string: origin)?.host(),
            hosts.contains(host)
        {
            response.headers[.accessControlAllowOrigin] = origin
            response.headers[.vary] = "origin"
        }
        return response
    }
}

/// Lets nobody change anything without the token.
private struct TokenCheck: RouterMiddleware {
    typealias Context = BasicRequestContext

    let token: String?

    func handle(
        _ request: Request,
        context: BasicRequestContext,
        next: (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        guard let token, request.method != .get, request.method != .head else {
            return try await next(request, context)
        }
        // As long for a wrong token as for a right one, so that it cannot be guessed byte by byte.
        let parts = (request.headers[.authorization] ?? "").split(separator: " ", maxSplits: 1)
        let isBearer = parts.first?.lowercased() == "bearer"
        let given = Array((isBearer ? parts.last ?? "" : "").utf8)
        let expected = Array(token.utf8)
        var difference = given.count ^ expected.count
        for (offset, byte) in expected.enumerated() {
            difference |= Int(byte ^ (offset < given.count ? given[offset] : 0))
        }
        guard difference == 0 else {
            throw HTTPError(.unauthorized, message: "give the node's token: Authorization: Bearer TOKEN")
        }
        return try await next(request, context)
    }
}

extension SubmissionError {
    /// The answer that says so.
    fileprivate var http: HTTPError {
        let status: HTTPResponse.Status =
            switch self {
            case .queueFull: .tooManyRequests
            case .rejected: .unprocessableContent
            case .notReady, .stopping, .removed: .serviceUnavailable
            case .tooLarge: .contentTooLarge
            case .refused: .conflict
            }
        return HTTPError(status, message: description)
    }
}
