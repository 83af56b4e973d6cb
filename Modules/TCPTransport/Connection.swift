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

    private let frames: AsyncStream<[UInt8]>
    private let queue: AsyncStream<[UInt8]>.Continuation
    private let waitingBytes = Atomic<Int>(0)
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
        (frames, queue) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(limits.waitingFrames))
    }

    /// Puts a frame into the queue.
    ///
    /// - Returns: whether there was room for it.
    func send(_ frame: [UInt8]) -> Bool {
        let waiting = waitingBytes.wrappingAdd(frame.count, ordering: .relaxed).newValue
        guard waiting <= limits.waitingBytes || waiting == frame.count, case .enqueued = queue.yield(frame) else {
            waitingBytes.wrappingSubtract(frame.count, ordering: .relaxed)
            return false
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
    func finish() { queue.finish() }

    /// Sends what is put into the queue, until it is closed or the connection breaks.
    func write(to outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>) async throws {
        for await frame in frames {
            var header = channel.channel.allocator.buffer(capacity: 4)
            header.writeInteger(UInt32(frame.count))
            try await outbound.write(contentsOf: [header, ByteBuffer(bytes: frame)])
            waitingBytes.wrappingSubtract(frame.count, ordering: .relaxed)
        }
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
