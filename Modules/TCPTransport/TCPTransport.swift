public import Identity
public import Logging
import NIOCore
import NIOPosix
public import ParsecCore
import Synchronization
public import Transport

/// Carries frames over TCP and TLS 1.3, where both sides prove their Ed25519 identities.
public final class TCPTransport: Transport {
    /// How connections are made.
    public struct Options: Hashable, Sendable {
        /// Where others are taken in; port 0 takes any that is free.
        public var listen: PeerAddress
        public var limits = TransportLimits()

        /// The pauses between attempts to connect: the first, and the longest to which they double.
        public var firstPause = Duration.milliseconds(100)
        public var longestPause = Duration.seconds(10)

        /// How long TLS may take to find out who the other side is.
        public var handshakeTimeout = Duration.seconds(10)

        public init(listen: PeerAddress) {
            self.listen = listen
        }
    }

    private struct State {
        var addresses: [PeerID: [PeerAddress]] = [:]

        /// Those whom a task connects with.
        var dialed: Set<PeerID> = []
        var connections: [PeerID: [Connection]] = [:]
        var guests = 0

        /// Connections that others have made and on which nobody has proven an identity yet.
        var handshakes = 0
        var delegate: (any TransportDelegate)?
        var port: Int?
    }

    private let options: Options
    private let id: PeerID
    private let tls: TLSIdentity
    private let logger: Logger
    private let state = Mutex(State())
    private let newPeers: AsyncStream<PeerID>
    private let dial: AsyncStream<PeerID>.Continuation

    /// - Throws: ``TransportError/identity(reason:)``.
    public init(_ keys: KeyPair, _ options: Options, logger: Logger) throws(TransportError) {
        self.options = options
        self.logger = logger
        id = keys.id
        tls = try TLSIdentity(keys)
        (newPeers, dial) = AsyncStream.makeStream()
    }

    /// The port at which connections are taken, while the transport runs.
    public var port: Int? { state.withLock { $0.port } }

    /// The peers with which there is a connection now.
    public var connectedPeers: [PeerID] { state.withLock { $0.connections.keys.sorted() } }

    // MARK: - Transport

    public func run(_ delegate: any TransportDelegate) async throws {
        state.withLock { $0.delegate = delegate }
        let server = try await listen()
        state.withLock { $0.port = server.channel.localAddress?.port }
        logger.info("takes connections", metadata: ["address": "\(server.channel.localAddress?.description ?? "")"])
        try await withTaskCancellationHandler {
            try await withThrowingDiscardingTaskGroup { group in
                group.addTask { await self.connect() }
                try await server.executeThenClose { connections in
                    for try await connection in connections { group.addTask { await self.serve(connection) } }
                }
                group.cancelAll()
            }
        } onCancel: {
            server.channel.close(promise: nil)
            for connection in state.withLock({ $0.connections.values.flatMap { $0 } }) { connection.finish() }
        }
    }

    public func setPeers(_ addresses: [PeerID: [PeerAddress]]) {
        let new = state.withLock { state in
            state.addresses = addresses.filter { $0.key != id && !$0.value.isEmpty }
            let new = state.addresses.keys.filter { !state.dialed.contains($0) }
            state.dialed.formUnion(new)
            return new
        }
        for peer in new.sorted() { dial.yield(peer) }
    }

    public func send(_ frame: [UInt8], to peer: PeerID) throws(TransportError) {
        let limit = options.limits.frameBytes
        guard frame.count <= limit else { throw .frameTooLarge(count: frame.count, limit: limit) }
        // Connections that we made come first: the other side makes its own.
        let connection = state.withLock { state in
            state.connections[peer].flatMap { $0.first(where: \.isOutgoing) ?? $0.first }
        }
        guard let connection else { throw .notConnected(peer) }
        guard connection.send(frame) else { throw .queueFull(peer) }
    }

    public func disconnect(_ peer: PeerID) {
        for connection in state.withLock({ $0.connections[peer] ?? [] }) { connection.finish() }
    }

    // MARK: - Connecting

    private func listen() async throws(TransportError) -> NIOAsyncChannel<Connection, Never> {
        let (options, tls) = (options, tls)
        do {
            return try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
                .bind(host: options.listen.host, port: options.listen.port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try Connection(
                            channel,
                            tls,
                            expecting: nil,
                            options.limits,
                            handshakeTimeout: TimeAmount(options.handshakeTimeout)
                        )
                    }
                }
        } catch { throw .cannotListen(options.listen, reason: "\(error)") }
    }

    /// Connects with the peers that are wanted, until it is cancelled.
    private func connect() async {
        await withDiscardingTaskGroup { group in
            for await peer in newPeers { group.addTask { await self.keepConnected(to: peer) } }
            group.cancelAll()
        }
    }

    /// Connects with a peer again and again, as long as it is wanted and has not connected with us.
    private func keepConnected(to peer: PeerID) async {
        var pause = options.firstPause
        while !Task.isCancelled {
            let (addresses, isConnected) = state.withLock { state in
                if state.addresses[peer] == nil { state.dialed.remove(peer) }
                return (state.addresses[peer], state.connections[peer] != nil)
            }
            guard let addresses else { return }
            if !isConnected {
                for address in addresses {
                    guard let connection = try? await connect(to: peer, at: address) else { continue }
                    let start = ContinuousClock.now
                    await serve(connection)
                    if ContinuousClock.now - start > options.longestPause { pause = options.firstPause }
                    break
                }
            }
            // Peers that begin at the same time need not go on to meet at the same times.
            let isLoneAttempt = isConnected ? options.firstPause : pause
            try? await Task.sleep(for: isLoneAttempt * Double.random(in: 0.75...1.25))
            pause = min(pause * 2, options.longestPause)
        }
    }

    private func connect(to peer: PeerID, at address: PeerAddress) async throws -> Connection {
        let (options, tls) = (options, tls)
        return try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connectTimeout(TimeAmount(options.handshakeTimeout))
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .connect(host: address.host, port: address.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try Connection(
                        channel,
                        tls,
                        expecting: peer,
                        options.limits,
                        handshakeTimeout: TimeAmount(options.handshakeTimeout)
                    )
                }
            }
    }

    // MARK: - Serving

    /// Finds out who is at the other end, and passes on what comes until the connection ends.
    private func serve(_ connection: Connection) async {
        guard let delegate = state.withLock({ $0.delegate }) else { return }
        do {
            try await connection.channel.executeThenClose { inbound, _ in
                guard let peer = try await identity(on: connection) else {
                    return logger.debug("too many connections of unknown peers")
                }
                let admission = peer == id ? .refused : await delegate.admission(of: peer)
                guard let isFirst = add(connection, of: peer, admission) else {
                    logger.debug("turned away", metadata: ["peer": "\(peer)"])
                    return
                }
                if admission == .member { connection.frameLimit.value = options.limits.frameBytes }
                if isFirst { await delegate.connected(to: peer) }
                do {
                    try await pass(inbound, admission) { frame in
                        await delegate.receive(frame, from: peer)
                    }
                } catch { logger.debug("a connection broke", metadata: ["peer": "\(peer)", "reason": "\(error)"]) }
                if remove(connection, of: peer, admission) { await delegate.disconnected(from: peer) }
            }
        } catch { logger.debug("a connection ended", metadata: ["reason": "\(error)"]) }
    }

    /// Waits until it is known who is at the other end; nil if too many others are waited for.
    private func identity(on connection: Connection) async throws -> PeerID? {
        if connection.isOutgoing { return try await connection.provenIdentity() }
        let hasRoom = state.withLock { state in
            guard state.handshakes < options.limits.handshakes else { return false }
            state.handshakes += 1
            return true
        }
        guard hasRoom else { return nil }
        defer { state.withLock { $0.handshakes -= 1 } }
        return try await connection.provenIdentity()
    }

    /// Takes frames until either side ends the connection.
    private func pass(
        _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>,
        _ admission: Admission,
        to receive: @escaping @Sendable ([UInt8]) async -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                var left = admission == .guest ? self.options.limits.guestFrames : .max
                for try await frame in inbound {
                    guard left > 0 else { return }
                    left -= 1
                    await receive(Array(buffer: frame))
                }
            }
            if admission == .guest { group.addTask { try await Task.sleep(for: self.options.limits.guestTime) } }
            try await group.next()
            group.cancelAll()
        }
    }

    /// Takes a connection in, as far as the bounds allow.
    ///
    /// - Returns: whether it is the first with its peer; nil if it is turned away.
    private func add(_ connection: Connection, of peer: PeerID, _ admission: Admission) -> Bool? {
        state.withLock { state in
            let known = state.connections[peer] ?? []
            let all = state.connections.values.reduce(0) { $0 + $1.count }
            guard admission != .refused, known.count < options.limits.connectionsPerPeer,
                connection.isOutgoing || all < options.limits.connections,
                admission != .guest || state.guests < options.limits.guests
            else { return nil }
            if admission == .guest { state.guests += 1 }
            state.connections[peer] = known + [connection]
            return known.isEmpty
        }
    }

    /// Takes a connection out.
    ///
    /// - Returns: whether it was the last with its peer.
    private func remove(_ connection: Connection, of peer: PeerID, _ admission: Admission) -> Bool {
        state.withLock { state in
            state.connections[peer]?.removeAll { $0 === connection }
            if admission == .guest { state.guests -= 1 }
            guard state.connections[peer]?.isEmpty == true else { return false }
            state.connections[peer] = nil
            return true
        }
    }
}
