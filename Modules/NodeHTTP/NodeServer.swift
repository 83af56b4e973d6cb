public import App
import Consensus
import Foundation
import GraphFormats
public import Hummingbird
import Identity
public import Logging
import ParsecCore
public import ServiceLifecycle
import Transport
import Voting

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

        /// The most blocks, events or payloads in one answer.
        public var listed = 1_000

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
    /// - Parameters:
    ///   - logger: for what the server has to say.
    ///   - routes: adds an application's own routes; all of them but GET are behind the token as well.
    public func service(
        logger: Logger,
        routes: (Routes) -> Void = { _ in }
    ) -> some Service {
        let router = router
        routes(router)
        return Hummingbird.Application(
            router: router,
            configuration: ApplicationConfiguration(
                address: .hostname(options.host, port: options.port),
                serverName: "parsec"
            ),
            logger: logger
        )
    }

    // MARK: - Routes

    private var router: Routes {
        let router = Router()
        router.add(middleware: TokenCheck(token: options.token))
        addRoutes(to: router)
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
            return Reply(try await node.blocks(from: from, count: count).map(BlockReply.init))
        }
        router.get("/blocks/{number}") { _, context in Reply(BlockReply(try await NodeServer.block(node, context))) }
        router.get("/blocks/{number}/proof") { _, context in
            Reply(ProofReply(try await NodeServer.block(node, context)))
        }
        router.get("/why") { _, _ in Reply(await node.undecided(limit: options.listed).map(UndecidedReply.init)) }
        router.get("/graph") { request, _ in
            let (from, count) = try NodeServer.range(request, options.listed)
            return Reply(await node.events(from: from, count: count).map(EventReply.init))
        }
        router.get("/graph/dump") { _, _ -> String in
            let agreement = await node.agreement
            var history: [Digest] = []
            while true {
                let blocks = try await node.blocks(from: history.count, count: options.listed)
                if blocks.isEmpty { break }
                history += blocks.map(\.observationDigest)
            }
            return DOTWriter.write(GraphDump(agreement, history: history))
        }
        router.get("/evidence") { _, _ in
            Reply(await node.evidence.prefix(options.listed).map { EvidenceReply($0, node.network) })
        }
        router.get("/metrics") { _, _ in NodeServer.metrics(await node.status) }
        router.get("/events") { _, _ in NodeServer.events(await node.follow()) }
        addChanges(to: router)
    }

    private func addChanges(to router: Router<BasicRequestContext>) {
        let (node, options) = (node, options)
        router.post("/submit") { request, _ in
            let body = try await request.body.collect(upTo: options.requestBytes)
            let payload = Array(buffer: body)
            guard !payload.isEmpty else {
                throw HTTPError(.badRequest, message: "the body is the payload; it is empty")
            }
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
        func number(_ name: Substring, _ other: Int) throws -> Int {
            guard let text = request.uri.queryParameters[name] else { return other }
            guard let number = Int(text), number >= 0 else {
                throw HTTPError(.badRequest, message: "\(name): expected a number from 0 on, found \(text)")
            }
            return number
        }
        return (try number("from", 0), min(try number("count", 100), most))
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
    private static func events(_ blocks: AsyncStream<Block>) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: ResponseBody { writer in
                let encoder = JSONEncoder()
                try await writer.write(ByteBuffer(string: ": blocks\n\n"))
                for await block in blocks {
                    let json = String(decoding: try encoder.encode(BlockReply(block)), as: UTF8.self)
                    try await writer.write(ByteBuffer(string: "id: \(block.number)\nevent: block\ndata: \(json)\n\n"))
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
        let given = Array((request.headers[.authorization] ?? "").utf8)
        let expected = Array("Bearer \(token)".utf8)
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
            case .notReady, .stopping: .serviceUnavailable
            case .tooLarge: .contentTooLarge
            case .refused: .conflict
            }
        return HTTPError(status, message: description)
    }
}
