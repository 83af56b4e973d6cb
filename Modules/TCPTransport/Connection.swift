import NIOCore
import NIOSSL
import NIOTLS
import ParsecCore
import Synchronization
import Transport

/// One TLS connection, and what waits to be sent on it.
final class Connection: Sendable {
    let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>

    /// Who is at the other end, once TLS has proven it.
    private let identity: EventLoopFuture<PeerID>

    let frameLimit: FrameLimit
    let isOutgoing: Bool

    private let waiting = Mutex((frames: 0, bytes: 0))
    private let limits: TransportLimits

    /// Sets up a new channel; to be called on its event loop.
    ///
    /// - Parameter expected: who has to be at the other end of a connection that we make; nil for one that we take.
    init(
        _ channel: any Channel,
        _ tls: TLSIdentity,
        expecting expected: PeerID?,
        _ limits: TransportLimits,
        handshakeTimeout: TimeAmount
    ) throws {
        let promise = channel.eventLoop.makePromise(of: PeerID.self)
        let claimed = NIOLoopBoundBox<PeerID?>(nil, eventLoop: channel.eventLoop)
        @Sendable func verify(
            _ certificates: [NIOSSLCertificate],
            _ result: EventLoopPromise<NIOSSLVerificationResult>
        ) {
            guard let peer = TLSIdentity.identity(in: certificates), expected ?? peer == peer else {
                promise.fail(ConnectionError.otherIdentity)
                return result.succeed(.failed)
            }
            claimed.value = peer
            result.succeed(.certificateVerified)
        }
        let handler: any ChannelHandler =
            expected == nil
            ? NIOSSLServerHandler(context: tls.server, customVerificationCallback: verify)
            : try NIOSSLClientHandler(context: tls.client, serverHostname: nil, customVerificationCallback: verify)
        frameLimit = FrameLimit(limits.guestFrameBytes)
        try channel.pipeline.syncOperations.addHandlers([
            handler,
            HandshakeEnd {
                guard let peer = claimed.value else { return promise.fail(ConnectionError.otherIdentity) }
                promise.succeed(peer)
            },
            ByteToMessageHandler(FrameDecoder(limit: frameLimit)),
            // Members send heartbeats, so that a connection on which no whole frame comes for long has died, or lingers.
            IdleStateHandler(readTimeout: TimeAmount(limits.frameTime)),
            IdleCloser(),
        ])
        let timeout = channel.eventLoop.scheduleTask(in: handshakeTimeout) {
            promise.fail(ConnectionError.handshakeTimeout)
            channel.close(promise: nil)
        }
        promise.futureResult.whenComplete { _ in timeout.cancel() }
        channel.closeFuture.whenComplete { _ in promise.fail(ConnectionError.closed) }
        self.channel = try NIOAsyncChannel(wrappingChannelSynchronously: channel)
        self.limits = limits
        identity = promise.futureResult
        isOutgoing = expected != nil
    }

    /// Sends a frame once those before it have left.
    ///
    /// - Returns: whether not too much was waiting to leave already.
    func send(_ frame: [UInt8]) -> Bool {
        let count = frame.count
        let hasRoom = waiting.withLock { waiting in
            guard waiting.frames < limits.waitingFrames,
                waiting.frames == 0 || waiting.bytes + count <= limits.waitingBytes
            else { return false }
            waiting.frames += 1
            waiting.bytes += count
            return true
        }
        guard hasRoom else { return false }
        var buffer = channel.channel.allocator.buffer(capacity: 4 + count)
        buffer.writeInteger(UInt32(count))
        buffer.writeBytes(frame)
        // Straight to the event loop: a task between would wait for a thread of its own.
        channel.channel.writeAndFlush(buffer).whenComplete { [self] _ in
            waiting.withLock { waiting in
                waiting.frames -= 1
                waiting.bytes -= count
            }
        }
        return true
    }

    /// Waits until it is known who is at the other end; closes the connection if it is cancelled meanwhile.
    func provenIdentity() async throws -> PeerID {
        let channel = channel.channel
        return try await withTaskCancellationHandler {
            try await identity.get()
        } onCancel: {
            channel.close(promise: nil)
        }
    }

    /// Closes the connection once what waits has left.
    func finish() {
        let channel = channel.channel
        channel.writeAndFlush(channel.allocator.buffer(capacity: 0)).whenComplete { _ in channel.close(promise: nil) }
    }
}

/// Why a connection ended before its peer was known.
enum ConnectionError: Error, Sendable {
    case otherIdentity, handshakeTimeout, closed
}

/// Notices that the handshake is over: only then has the other side proven that the certificate it showed is its own.
private final class HandshakeEnd: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    private let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent { body() }
        context.fireUserInboundEventTriggered(event)
    }
}

/// Closes a channel on which no frame has come for long.
private final class IdleCloser: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }
}
