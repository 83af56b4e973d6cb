import NIOCore
import NIOPosix

/// Passes bytes on between two places, until the link is cut; what is on its way then comes once it is mended, as TCP has it.
final class LinkProxy: Sendable {
    private let server: any Channel

    /// The two ends of each connection, all on one event loop.
    private let channels: NIOLoopBoundBox<[any Channel]>
    private let isCut: NIOLoopBoundBox<Bool>

    /// Takes connections at one port of the loopback interface, and passes them on to another.
    init(from port: Int, to target: Int) async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let channels = NIOLoopBoundBox.makeBoxSendingValue([any Channel](), eventLoop: loop)
        let isCut = NIOLoopBoundBox.makeBoxSendingValue(false, eventLoop: loop)
        (self.channels, self.isCut) = (channels, isCut)
        server = try await ServerBootstrap(group: loop)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { near in
                ClientBootstrap(group: loop).channelOption(.autoRead, value: false)
                    .connect(host: "127.0.0.1", port: target)
                    .flatMapThrowing { far in
                        try near.pipeline.syncOperations.addHandler(Relay(to: far))
                        try far.pipeline.syncOperations.addHandler(Relay(to: near))
                        channels.value += [near, far]
                        guard !isCut.value else { return }
                        for channel in [near, far] { channel.setOption(.autoRead, value: true).whenComplete { _ in } }
                    }
            }
            .bind(host: "127.0.0.1", port: port).get()
    }

    /// Cuts the link or mends it.
    func setCut(_ cut: Bool) async throws {
        let (channels, isCut) = (channels, isCut)
        try await server.eventLoop.submit {
            isCut.value = cut
            channels.value.removeAll { !$0.isActive }
            for channel in channels.value { channel.setOption(.autoRead, value: !cut).whenComplete { _ in } }
        }.get()
    }

    func close() { server.close(promise: nil) }
}

/// Writes what it reads to another channel, and closes it after its own.
private final class Relay: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    private let other: any Channel

    init(to other: any Channel) { self.other = other }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        other.writeAndFlush(unwrapInboundIn(data), promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { other.close(promise: nil) }
}
