import Identity
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import ParsecCore
@testable import TCPTransport
import Testing
import Transport

@Suite struct TransportTests {
    private func keys(_ byte: UInt8) throws -> KeyPair {
        try #require(KeyPair(secret: [UInt8](repeating: byte, count: KeyPair.secretByteCount)))
    }

    private func transport(
        _ keys: KeyPair,
        host: String = "127.0.0.1",
        change: (inout TransportLimits) -> Void = { _ in }
    ) throws -> TCPTransport {
        var options = TCPTransport.Options(listen: PeerAddress(host: host, port: 0))
        options.limits.frameBytes = 1 << 20
        change(&options.limits)
        return try TCPTransport(keys, options, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Where a transport takes connections, once it does.
    private static func address(of transport: TCPTransport, host: String) async -> [PeerAddress] {
        while transport.port == nil { await Task.yield() }
        return [PeerAddress(host: host, port: transport.port ?? 0)]
    }

    @Test("In memory, frames arrive whole, in order, from whom they say, and from nobody who was turned away")
    func memory() async throws {
        var limits = TransportLimits()
        limits.frameBytes = 1 << 20
        let network = MemoryNetwork(limits: limits)
        try await TransportConformance.check(
            (["Alice", "Bob", "Carol"] as [PeerID]).map { id in
                TransportConformance.Peer(id: id, transport: network.transport(of: id)) { [] }
            },
            largest: limits.frameBytes
        )
    }

    @Test("Over TCP and TLS it is the same", arguments: ["127.0.0.1", "::1"])
    func tcp(host: String) async throws {
        let peers = try (1...3 as ClosedRange<UInt8>).map { byte in
            let keys = try keys(byte)
            let transport = try transport(keys, host: host)
            return TransportConformance.Peer(id: keys.id, transport: transport) {
                await TransportTests.address(of: transport, host: host)
            }
        }
        try await TransportConformance.check(peers, largest: 1 << 20)
    }

    @Test("Whoever has another key than the one that is expected at an address is not talked to")
    func otherKey() async throws {
        let (alice, bob, mallory) = try (keys(1), keys(2), keys(3))
        let (one, two) = (try transport(alice), try transport(mallory))
        try await withThrowingTaskGroup(of: Void.self) { group in
            let (first, second) = (Seen(), Seen())
            group.addTask { try await one.run(first) }
            group.addTask { try await two.run(second) }
            let address = await TransportTests.address(of: two, host: "127.0.0.1")
            // Mallory sits where Bob should be; Alice is let in by it, and does not go in.
            one.setPeers([bob.id: address])
            // Once the same place is tried for Mallory, it works: the key was what was wrong.
            one.setPeers([bob.id: address, mallory.id: address])
            await first.waitForConnection()
            #expect(one.connectedPeers == [mallory.id])
            group.cancelAll()
        }
    }

    @Test("Garbage, and a frame that claims to be huge, end a connection and disturb nobody else")
    func garbage() async throws {
        let (alice, bob) = (try keys(1), try keys(2))
        let (one, two) = (try transport(alice), try transport(bob))
        try await withThrowingTaskGroup(of: Void.self) { group in
            let (first, second) = (Seen(), Seen())
            group.addTask { try await one.run(first) }
            group.addTask { try await two.run(second) }
            let port = await TransportTests.address(of: one, host: "127.0.0.1")[0].port
            for bytes in [[UInt8](repeating: 0xFF, count: 4_096), Array("GET / HTTP/1.1\r\n\r\n".utf8)] {
                let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                    .connect(host: "127.0.0.1", port: port).get()
                try? await channel.writeAndFlush(ByteBuffer(bytes: bytes))
                // It is the other side that closes.
                try await channel.closeFuture.get()
            }
            two.setPeers([alice.id: [PeerAddress(host: "127.0.0.1", port: port)]])
            await second.waitForConnection()
            #expect(one.connectedPeers == [bob.id] || one.connectedPeers.isEmpty)
            group.cancelAll()
        }
    }

    @Test(
        "A peer that does not read is sent no more than either bound says, and gets all of that in order once it reads",
        arguments: [(frames: 20, bytes: Int.max), (frames: .max, bytes: 1 << 20)]
    )
    func unread(frames: Int, bytes: Int) async throws {
        let (alice, bob) = (try keys(1), try keys(2))
        let one = try transport(alice) { ($0.waitingFrames, $0.waitingBytes) = (frames, bytes) }
        let two = try transport(bob)
        try await withThrowingTaskGroup(of: Void.self) { group in
            let (first, second) = (Seen(), Reluctant())
            group.addTask { try await one.run(first) }
            group.addTask { try await two.run(second) }
            one.setPeers([bob.id: await TransportTests.address(of: two, host: "127.0.0.1")])
            await first.waitForConnection()
            // Before it has let us in it takes no frame of this size.
            await second.waitForConnection()
            var sent: UInt32 = 0
            do {
                // What the operating system takes off our hands is bounded, too.
                while sent < 10_000 {
                    let number = withUnsafeBytes(of: sent.bigEndian) { Array($0) }
                    try one.send(number + [UInt8](repeating: 0, count: 1 << 16), to: bob.id)
                    sent += 1
                }
                Issue.record("nothing bounds what waits")
            } catch { #expect(error as? TransportError == .queueFull(bob.id)) }
            second.read()
            for expected in 0..<sent { #expect(await second.next() == expected) }
            group.cancelAll()
        }
    }

    @Test("A frame that comes byte by byte ends its connection, and so does a guest's time", arguments: [true, false])
    func slow(isMember: Bool) async throws {
        let transport = try transport(try keys(1)) { limits in
            if isMember { limits.frameTime = .milliseconds(200) } else { limits.guestTime = .milliseconds(200) }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            let seen = Seen(isMember ? .member : .guest)
            group.addTask { try await transport.run(seen) }
            let port = await TransportTests.address(of: transport, host: "127.0.0.1")[0].port
            let tls = try TLSIdentity(try keys(2))
            let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let handler = try NIOSSLClientHandler(context: tls.client, serverHostname: nil) { _, result in
                            result.succeed(.certificateVerified)
                        }
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                }
                .connect(host: "127.0.0.1", port: port).get()
            // On a busy machine the time may be over before this is sent.
            try? await channel.writeAndFlush(ByteBuffer(bytes: [0, 0, 4, 0])).get()
            let bytes = channel.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(20)) { _ in
                channel.writeAndFlush(ByteBuffer(bytes: [0]), promise: nil)
            }
            // It is the other side that closes, long before 1,024 bytes are there.
            try await channel.closeFuture.get()
            bytes.cancel()
            group.cancelAll()
        }
    }

    @Test("Those that do not say who they are take up a bounded room, and disturb nobody who is in")
    func handshakes() async throws {
        let (alice, bob) = (try keys(1), try keys(2))
        let (one, two) = (try transport(alice) { $0.handshakes = 2 }, try transport(bob))
        try await withThrowingTaskGroup(of: Void.self) { group in
            let (first, second) = (Seen(), Seen())
            group.addTask { try await one.run(first) }
            group.addTask { try await two.run(second) }
            let address = await TransportTests.address(of: one, host: "127.0.0.1")
            func connect() async throws -> any Channel {
                try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                    .connect(host: "127.0.0.1", port: address[0].port).get()
            }
            two.setPeers([alice.id: address])
            await second.waitForConnection()
            // Of three that say nothing one is closed, by the other side.
            let silent = [try await connect(), try await connect(), try await connect()]
            await withTaskGroup(of: Void.self) { closed in
                for channel in silent { closed.addTask { try? await channel.closeFuture.get() } }
                await closed.next()
                #expect(silent.count(where: \.isActive) == 2)
                #expect(one.connectedPeers == [bob.id])
                for channel in silent { channel.close(promise: nil) }
            }
            // There is room again for those that do.
            two.disconnect(alice.id)
            await second.waitForConnection()
            group.cancelAll()
        }
    }

    @Test("A port that is taken is named in the error")
    func portTaken() async throws {
        let (one, seen) = (try transport(try keys(1)), Seen())
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await one.run(seen) }
            let address = await TransportTests.address(of: one, host: "127.0.0.1")[0]
            let two = try TCPTransport(
                try keys(2),
                TCPTransport.Options(listen: address),
                logger: Logger(label: "test")
            )
            do {
                try await two.run(seen)
                Issue.record("it listens where another does")
            } catch let error as TransportError {
                guard case .cannotListen(address, _) = error else { throw error }
            }
            group.cancelAll()
        }
    }

    @Test(
        "Addresses are read as they are written",
        arguments: [("127.0.0.1:80", "127.0.0.1", 80), ("[::1]:7000", "::1", 7_000), ("a.example:0", "a.example", 0)]
    )
    func addresses(text: String, host: String, port: Int) throws {
        let address = try #require(PeerAddress(text))
        #expect(address == PeerAddress(host: host, port: port))
        #expect(address.description == text)
    }

    @Test("What is no address is none", arguments: ["", "a", ":1", "a:", "a:65536", "::1:7000", "a b:1", "a:-1"])
    func noAddresses(text: String) { #expect(PeerAddress(text) == nil) }
}

/// Lets everybody in, and notices the first connection.
private final class Seen: TransportDelegate {
    private let connections: AsyncStream<PeerID>
    private let connection: AsyncStream<PeerID>.Continuation

    private let admission: Admission

    init(_ admission: Admission = .member) {
        self.admission = admission
        (connections, connection) = AsyncStream.makeStream()
    }

    func waitForConnection() async { for await _ in connections { return } }

    func admission(of peer: PeerID) async -> Admission { admission }
    func connected(to peer: PeerID) async { connection.yield(peer) }
    func disconnected(from peer: PeerID) async {}
    func receive(_ frame: [UInt8], from peer: PeerID) async {}
}

/// Takes no frame before it is told to, and then the number at the beginning of each.
private final class Reluctant: TransportDelegate {
    private let (permissions, permission) = AsyncStream<Void>.makeStream()
    private let (numbers, number) = AsyncStream<UInt32>.makeStream()
    private let (connections, connection) = AsyncStream<PeerID>.makeStream()

    func waitForConnection() async { for await _ in connections { return } }

    func read() { permission.finish() }

    func next() async -> UInt32? {
        for await number in numbers { return number }
        return nil
    }

    func admission(of peer: PeerID) async -> Admission { .member }
    func connected(to peer: PeerID) async { connection.yield(peer) }
    func disconnected(from peer: PeerID) async {}

    func receive(_ frame: [UInt8], from peer: PeerID) async {
        for await _ in permissions {}
        number.yield(frame.prefix(4).reduce(0) { $0 << 8 | UInt32($1) })
    }
}
