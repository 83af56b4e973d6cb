public import ParsecCore
import Synchronization

/// What every transport has to do, to be run against one's own in a test.
public enum TransportConformance {
    /// A rule that a transport broke.
    public struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
        public let description: String

        init(_ description: String) {
            self.description = description
        }
    }

    /// A peer with its transport, and where the others find it once it runs.
    public struct Peer: Sendable {
        public let id: PeerID
        public let transport: any Transport
        public let address: @Sendable () async -> [PeerAddress]

        public init(id: PeerID, transport: any Transport, address: @escaping @Sendable () async -> [PeerAddress]) {
            self.id = id
            self.transport = transport
            self.address = address
        }
    }

    /// Checks transports.
    ///
    /// - Parameters:
    ///   - peers: three peers whose transports do not run yet; the third is one that the others turn away.
    ///   - largest: the most bytes of a frame.
    /// - Throws: ``Failure`` for the first rule that is broken. What never happens is waited for without end.
    public static func check(_ peers: [Peer], largest: Int) async throws {
        let (one, two, stranger) = (peers[0], peers[1], peers[2])
        let inboxes = peers.map { _ in Inbox(refused: [stranger.id]) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (peer, inbox) in zip(peers, inboxes) { group.addTask { try await peer.transport.run(inbox) } }
            do {
                try one.transport.send([1], to: two.id)
                throw Failure("not so: nothing is sent without a connection")
            } catch TransportError.notConnected {}
            one.transport.setPeers([two.id: await two.address()])
            stranger.transport.setPeers([two.id: await two.address()])
            try await inboxes[0].wait { $0.connected == [two.id] }
            try await inboxes[1].wait { $0.connected == [one.id] }
            // Small and large, in order, in both directions.
            let frames = [[], [1], [UInt8](repeating: 2, count: 70_000), [UInt8](repeating: 3, count: largest), [4]]
            for frame in frames {
                try one.transport.send(frame, to: two.id)
                try two.transport.send(frame.reversed() + [], to: one.id)
            }
            try await inboxes[1].wait { $0.frames.count == frames.count }
            try await inboxes[0].wait { $0.frames.count == frames.count }
            guard inboxes[1].contents.frames == frames, inboxes[1].contents.senders == [one.id] else {
                throw Failure("not so: frames arrive whole and in order, and it is known from whom")
            }
            do {
                try one.transport.send([UInt8](repeating: 0, count: largest + 1), to: two.id)
                throw Failure("not so: a frame that is too large is refused where it is sent")
            } catch TransportError.frameTooLarge {}
            guard !inboxes[1].contents.connected.contains(stranger.id) else {
                throw Failure("not so: who is turned away does not get in")
            }
            one.transport.setPeers([:])
            two.transport.disconnect(one.id)
            try await inboxes[0].wait { $0.connected.isEmpty }
            group.cancelAll()
        }
    }

    /// What a peer got.
    private final class Inbox: TransportDelegate {
        struct Contents {
            var connected: Set<PeerID> = []
            var frames: [[UInt8]] = []
            var senders: Set<PeerID> = []
        }

        private let refused: Set<PeerID>
        private let state = Mutex(Contents())
        private let changes: AsyncStream<Void>
        private let change: AsyncStream<Void>.Continuation

        init(refused: Set<PeerID>) {
            self.refused = refused
            (changes, change) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        }

        var contents: Contents { state.withLock { $0 } }

        /// Waits until what was got is as it should be.
        func wait(until holds: (Contents) -> Bool) async throws {
            for await _ in changes where holds(contents) { return }
            throw Failure("not so: a transport runs until it is cancelled")
        }

        private func update(_ body: (inout Contents) -> Void) {
            state.withLock { body(&$0) }
            change.yield()
        }

        func admission(of peer: PeerID) async -> Admission { refused.contains(peer) ? .refused : .member }
        func connected(to peer: PeerID) async { update { $0.connected.insert(peer) } }
        func disconnected(from peer: PeerID) async { update { $0.connected.remove(peer) } }

        func receive(_ frame: [UInt8], from peer: PeerID) async {
            update {
                $0.frames.append(frame)
                $0.senders.insert(peer)
            }
        }
    }
}
