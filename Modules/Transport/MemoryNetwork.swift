public import ParsecCore
import Synchronization

/// Peers of one process, whose transports hand frames to each other.
public final class MemoryNetwork: Sendable {
    private let inboxes = Mutex<[PeerID: Inbox]>([:])
    private let limits: TransportLimits

    public init(limits: TransportLimits = TransportLimits()) {
        self.limits = limits
    }

    /// Makes the transport of a peer.
    public func transport(of peer: PeerID) -> some Transport { MemoryTransport(peer, in: self) }

    /// Cuts the link between two peers, in both directions, or mends it.
    public func setCut(_ isCut: Bool, between a: PeerID, and b: PeerID) {
        inboxes.withLock { inboxes in
            for (one, other) in [(a, b), (b, a)] {
                if isCut { inboxes[one]?.cut.insert(other) } else { inboxes[one]?.cut.remove(other) }
            }
        }
    }

    /// What arrives at a peer, while its transport runs.
    fileprivate struct Inbox {
        let continuation: AsyncStream<Arrival>.Continuation
        var cut: Set<PeerID> = []

        /// Whom the peer wants to stay connected with.
        var wanted: Set<PeerID>
        var linked: Set<PeerID> = []
    }

    fileprivate enum Arrival: Sendable {
        case connected(PeerID)
        case disconnected(PeerID)
        case frame([UInt8], from: PeerID)
    }

    fileprivate func open(_ peer: PeerID, wanting wanted: Set<PeerID>) -> AsyncStream<Arrival> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Arrival.self,
            bufferingPolicy: .bufferingOldest(limits.waitingFrames)
        )
        inboxes.withLock { $0[peer] = Inbox(continuation: continuation, wanted: wanted) }
        link(peer)
        return stream
    }

    fileprivate func close(_ peer: PeerID) {
        inboxes.withLock { inboxes in
            guard let inbox = inboxes.removeValue(forKey: peer) else { return }
            inbox.continuation.finish()
            for other in inbox.linked {
                inboxes[other]?.linked.remove(peer)
                inboxes[other]?.continuation.yield(.disconnected(peer))
            }
        }
    }

    fileprivate func want(_ wanted: Set<PeerID>, by peer: PeerID) {
        inboxes.withLock { $0[peer]?.wanted = wanted }
        link(peer)
    }

    /// Connects a peer with those that run and that it wants, or that want it.
    private func link(_ peer: PeerID) {
        inboxes.withLock { inboxes in
            for other in inboxes.keys.sorted() where other != peer {
                guard inboxes[peer]?.linked.contains(other) == false,
                    inboxes[peer]?.wanted.contains(other) == true || inboxes[other]?.wanted.contains(peer) == true
                else { continue }
                for (one, two) in [(peer, other), (other, peer)] {
                    inboxes[one]?.linked.insert(two)
                    inboxes[one]?.continuation.yield(.connected(two))
                }
            }
        }
    }

    fileprivate func unlink(_ peer: PeerID, from other: PeerID) {
        inboxes.withLock { inboxes in
            for (one, two) in [(peer, other), (other, peer)] where inboxes[one]?.linked.remove(two) != nil {
                inboxes[one]?.continuation.yield(.disconnected(two))
            }
        }
    }

    fileprivate func send(_ frame: [UInt8], from sender: PeerID, to receiver: PeerID) throws(TransportError) {
        guard frame.count <= limits.frameBytes else {
            throw .frameTooLarge(count: frame.count, limit: limits.frameBytes)
        }
        let inbox = inboxes.withLock { $0[sender]?.linked.contains(receiver) == true ? $0[receiver] : nil }
        guard let inbox else { throw .notConnected(receiver) }
        if inbox.cut.contains(sender) { return }
        if case .dropped = inbox.continuation.yield(.frame(frame, from: sender)) { throw .queueFull(receiver) }
    }
}

/// The transport of one peer of a ``MemoryNetwork``.
private final class MemoryTransport: Transport {
    private let id: PeerID
    private let network: MemoryNetwork
    private let wanted = Mutex<Set<PeerID>>([])

    init(_ id: PeerID, in network: MemoryNetwork) {
        self.id = id
        self.network = network
    }

    func run(_ delegate: any TransportDelegate) async throws {
        let arrivals = network.open(id, wanting: wanted.withLock { $0 })
        defer { network.close(id) }
        var admissions: [PeerID: Admission] = [:]
        await withTaskCancellationHandler {
            for await arrival in arrivals {
                switch arrival {
                case .connected(let peer):
                    let admission = await delegate.admission(of: peer)
                    if admission == .refused {
                        network.unlink(id, from: peer)
                    } else {
                        admissions[peer] = admission
                        await delegate.connected(to: peer)
                    }
                case .disconnected(let peer):
                    if admissions.removeValue(forKey: peer) != nil { await delegate.disconnected(from: peer) }
                case .frame(let frame, let peer):
                    if admissions[peer] != nil { await delegate.receive(frame, from: peer) }
                }
            }
        } onCancel: {
            network.close(id)
        }
    }

    func setPeers(_ addresses: [PeerID: [PeerAddress]]) {
        wanted.withLock { $0 = Set(addresses.keys) }
        network.want(Set(addresses.keys), by: id)
    }

    func send(_ frame: [UInt8], to peer: PeerID) throws(TransportError) {
        try network.send(frame, from: id, to: peer)
    }

    func disconnect(_ peer: PeerID) { network.unlink(id, from: peer) }
}
