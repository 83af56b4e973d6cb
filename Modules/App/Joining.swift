public import ParsecCore
import Serialization
public import Transport

/// How a peer asks to become a member.
public enum Joining {
    /// Why nobody let it in.
    public enum Fault: Error, Hashable, Sendable, CustomStringConvertible {
        /// The member said no, and why.
        case refused(String)

        /// No answer came in time.
        case noAnswer

        public var description: String {
            switch self {
            case .refused(let reason): "the member says: \(reason)"
            case .noAnswer: "no answer came: is the member there, and is its identity the one that was given?"
            }
        }
    }

    /// Asks a member to vote for this peer.
    ///
    /// - Parameters:
    ///   - info: where others find this peer.
    ///   - transport: a transport of this peer's that nobody else uses yet.
    ///   - timeout: how long to wait for an answer.
    /// - Returns: what a node needs to begin; it is admitted once more than two thirds of the members voted for it.
    /// - Throws: ``Fault``, or what the transport throws if it cannot begin.
    public static func ask(
        _ member: PeerID,
        at address: PeerAddress,
        info: MemberInfo,
        over transport: any Transport,
        timeout: Duration = .seconds(30)
    ) async throws -> Invitation {
        let (answers, continuation) = AsyncStream.makeStream(of: Result<Invitation, Fault>.self)
        let delegate = JoiningDelegate(member: member, info: info, transport: transport, answers: continuation)
        transport.setPeers([member: [address]])
        return try await withThrowingTaskGroup(of: Invitation?.self) { group in
            group.addTask {
                try await transport.run(delegate)
                return nil
            }
            group.addTask {
                for await answer in answers { return try answer.get() }
                return nil
            }
            group.addTask {
                try await Task.sleep(for: timeout)
                return nil
            }
            defer { group.cancelAll() }
            guard let invitation = try await group.next().flatMap({ $0 }) else { throw Fault.noAnswer }
            return invitation
        }
    }
}

private struct JoiningDelegate: TransportDelegate {
    let member: PeerID
    let info: MemberInfo
    let transport: any Transport
    let answers: AsyncStream<Result<Invitation, Joining.Fault>>.Continuation

    func admission(of peer: PeerID) async -> Admission { peer == member ? .member : .refused }

    func connected(to peer: PeerID) async { try? transport.send(Frame.join(info).bytes, to: peer) }

    func disconnected(from peer: PeerID) async {}

    func receive(_ frame: [UInt8], from peer: PeerID) async {
        switch try? Frame(frame, limits: WireLimits()) {
        case .invitation(let invitation): answers.yield(.success(invitation))
        case .goodbye(let reason): answers.yield(.failure(.refused(reason)))
        default: break
        }
    }
}
