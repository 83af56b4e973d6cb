public import GossipGraph
import Accountability
public import Consensus
import Membership
import MetaVoting
public import ParsecCore
import Storage
public import Voting

/// Where a node stands.
public struct NodeStatus: Hashable, Sendable {
    /// Where a node is in its life.
    public enum Phase: String, Hashable, Sendable, Codable {
        /// It waits to hear what others know of its past.
        case recovering

        /// It has not been admitted yet.
        case joining
        case member

        /// It was a member once.
        case removed
    }

    public let id: PeerID
    public let network: Digest
    public let phase: Phase
    public let voters: [PeerID]

    /// The members with which there is a connection on which both sides have said who they are.
    public let connected: [PeerID]

    /// How many blocks follow from what is stored, and how many of them the application has taken.
    public let blocks: Int
    public let appliedBlocks: Int

    /// What the application says of its state after the last block.
    public let stateDigest: [UInt8]
    public let events: Int

    /// How many payloads wait to be voted for, and how many that were voted for are not decided.
    public let queued: Int
    public let undecided: Int
    public let elections: Int

    /// How many exchanges wait for their answer.
    public let exchanges: Int

    /// Whether this node sees anything to gossip about.
    public let isQuiet: Bool
}

/// A payload that is not decided yet, and what is missing.
public struct UndecidedPayload: Hashable, Sendable {
    public let observation: Observation
    public let digest: Digest

    /// The voters whose votes this node's newest event builds on, and the others.
    public let votes: [PeerID]
    public let missing: [PeerID]

    /// How many votes decide it.
    public let needed: Int

    /// For how long this node has known it; nil if it has forgotten, or was started since.
    public let age: Duration?
}

/// An event as a viewer needs it.
public struct EventSummary: Hashable, Sendable {
    public let index: Int
    public let digest: Digest
    public let creator: PeerID
    public let indexByCreator: Int
    public let kind: EventKind
    public let selfParent: Int?
    public let otherParent: Int?
    public let observations: [Digest]
}

extension Node {
    public var status: NodeStatus {
        let phase: NodeStatus.Phase =
            if engine.isHeldBack { .recovering } else if engine.agreement.isOver {
                .removed
            } else if engine.state
                .contains(.vote)
            { .member } else { .joining }
        return NodeStatus(
            id: id,
            network: engine.networkDigest,
            phase: phase,
            voters: engine.voters,
            connected: hellos.keys.sorted(),
            blocks: storedBlocks + unstoredBlocks.count,
            appliedBlocks: appliedBlocks,
            stateDigest: stateDigest,
            events: engine.agreement.graph.count,
            queued: queue.count,
            undecided: engine.agreement.election.undecided.count,
            elections: engine.agreement.election.number,
            exchanges: exchanges.count(at: clock.now),
            isQuiet: rumour == 0 && !engine.hasDecidable
        )
    }

    /// The members, and where each is.
    public var members: [Candidate] {
        engine.voters.map { Candidate(id: $0, info: addresses[$0] ?? MemberInfo(addresses: [])) }
    }

    /// What is not decided, the oldest first.
    ///
    /// - Parameter limit: the most payloads to list.
    public func undecided(limit: Int) -> [UndecidedPayload] {
        let election = engine.agreement.election
        let voters = engine.voters
        return election.undecided.prefix(limit).map { payload in
            let digested = engine.agreement.store[payload]
            let votes = election.votes(for: payload)
            let known = Set(votes.map { engine.agreement.peers.id(of: $0.voter) })
            let first = votes.map(\.event).min()
            let isSingle = engine.agreement.store[payload].voter != nil
            let time = first.flatMap { event in arrivals.last { $0.first <= event }?.time }
            return UndecidedPayload(
                observation: digested.observation,
                digest: digested.digest,
                votes: known.sorted(),
                missing: isSingle ? [] : voters.filter { !known.contains($0) },
                needed: isSingle ? 1 : Quorum(of: voters.count).supermajority,
                age: time.map { clock.now - $0 }
            )
        }
    }

    /// Events from an index on; fewer than asked for where there are not so many.
    public func events(from index: Int, count: Int) -> [EventSummary] {
        let graph = engine.agreement.graph
        let start = Int(graph.startIndex.value)
        let first = max(index, start)
        let end = Int(graph.endIndex.value)
        guard first < end, count > 0 else { return [] }
        return (first..<min(end, first + min(count, end - first))).map { value in
            let event = EventIndex(UInt32(value))
            return EventSummary(
                index: value,
                digest: graph.digest(of: event),
                creator: engine.agreement.peers.id(of: graph.creator(of: event)),
                indexByCreator: Int(graph.indexByCreator(of: event)),
                kind: graph.kind(of: event),
                selfParent: graph.selfParent(of: event).map { Int($0.value) },
                otherParent: graph.otherParent(of: event).map { Int($0.value) },
                observations: graph.observations(of: event).map { engine.agreement.store.digest(of: $0) }
            )
        }
    }

    /// Evidence of the offences that this node's graph shows.
    public var evidence: [Evidence] { engine.evidence }

    /// The agreement that this node has come to; a copy that does not change.
    public var agreement: Agreement { engine.agreement }

    /// Blocks from a number on; fewer than asked for where there are not so many.
    public func blocks(from number: Int, count: Int) async throws -> [Block] {
        guard number >= 0 else { return [] }
        var blocks: [Block] = []
        while blocks.count < count {
            let next = number + blocks.count
            if next >= storedBlocks {
                blocks += unstoredBlocks.dropFirst(next - storedBlocks).prefix(count - blocks.count)
                break
            }
            let stored = try await store.blocks(from: next, count: min(count - blocks.count, storedBlocks - next))
            if stored.isEmpty { break }
            blocks += stored
        }
        return blocks
    }

    /// Blocks as they are applied, beginning with the next; ends when the node stops or the reader does not
    /// keep up.
    public func follow() -> AsyncStream<Block> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Block.self,
            bufferingPolicy: .bufferingOldest(settings.followedBlocks)
        )
        guard !isStopping else {
            continuation.finish()
            return stream
        }
        let number = nextFollower
        nextFollower += 1
        followers[number] = continuation
        continuation.onTermination = { _ in Task { await self.forget(follower: number) } }
        return stream
    }

    private func forget(follower number: Int) { followers[number] = nil }
}
