import Consensus
import GossipGraph
import Membership
import ParsecCore
import Voting

/// Finds the digests of all parents that a message names, in the receiver's graph and in the message itself.
///
/// Where the receiver knows of a fork that the sender does not, an index stands for several events; the one is meant
/// with which the signature is valid. An event that the receiver has already is recognised without digesting it.
struct MessageUnpacking {
    private typealias Event = PackedMessage.Event

    /// The events of one peer in the message, as far as they were placed.
    private struct Chain {
        /// Events whose indices follow on each other, the first of them at `base`.
        var base = 0
        var digests: [Digest] = []

        /// All others: those of a forker.
        var others: [Int: [Digest]] = [:]

        /// The last event before the one that is looked at, placed or not.
        var last: (digest: Digest, index: Int?)?

        mutating func place(_ digest: Digest, at index: Int) {
            if digests.isEmpty { base = index }
            if index - base == digests.count {
                digests.append(digest)
            } else {
                others[index, default: []].append(digest)
            }
        }
    }

    /// The events that a parent may be: none, one or more.
    private struct Candidates {
        var first: (digest: Digest, index: Int?)?
        var rest: [(digest: Digest, index: Int?)] = []

        var all: [(digest: Digest, index: Int?)] { (first.map { [$0] } ?? []) + rest }
    }

    private let packed: PackedMessage
    private let engine: Engine
    private let peers: [PeerIndex?]
    private var chains: [Chain]
    private var observationDigests: [Digest?]

    /// The indices of events in the message; kept only if a self-parent is named by its digest.
    private var indices: [Digest: Int] = [:]
    private let needsIndices: Bool

    init(_ packed: PackedMessage, for engine: Engine) {
        self.packed = packed
        self.engine = engine
        peers = packed.peers.map(engine.agreement.peers.index)
        chains = Array(repeating: Chain(), count: packed.peers.count)
        observationDigests = Array(repeating: nil, count: packed.observations.count)
        needsIndices = packed.events.contains { if case .digest? = $0.selfParent { true } else { false } }
    }

    /// The events that could be placed, in the order of the message.
    mutating func run() -> [Arrival] {
        var result: [Arrival] = []
        result.reserveCapacity(packed.events.count)
        for (place, event) in packed.events.enumerated() {
            guard let found = resolved(event, packed.signatures[place]) else {
                chains[event.creator].last = nil
                continue
            }
            result.append(found.arrival)
            let digest = found.arrival.digest
            chains[event.creator].last = (digest, found.index)
            if let index = found.index {
                chains[event.creator].place(digest, at: index)
                if needsIndices { indices[digest] = index }
            }
        }
        return result
    }

    // MARK: - Events

    /// The event with its parents and how many of its creator's are before it; nil if they are not known.
    private mutating func resolved(
        _ event: Event,
        _ signature: Signature
    ) -> (arrival: Arrival, index: Int?)? {
        let selfParents = event.selfParent.map { candidates($0, creator: event.creator) }
        let otherParents = event.otherParent.map { candidates($0, creator: event.creator) }
        if let selfParents, selfParents.first == nil { return nil }
        if let otherParents, otherParents.first == nil { return nil }
        if selfParents?.rest.isEmpty ?? true, otherParents?.rest.isEmpty ?? true {
            let parent = selfParents?.first
            guard let made = made(event, parent?.digest, otherParents?.first?.digest, signature) else { return nil }
            let index = parent.map { parent in parent.index.map { $0 + 1 } } ?? 0
            if let index, let known = known(made, event, at: index) { return (known, index) }
            return (new(made, event), index)
        }
        // Whoever forks may not make us check signatures without end.
        let firsts = selfParents?.all.map { Optional($0) } ?? [nil]
        let seconds = otherParents?.all.map { Optional($0) } ?? [nil]
        guard firsts.count * seconds.count <= WireLimits.ambiguousParents else { return nil }
        for first in firsts {
            for second in seconds {
                guard let made = made(event, first?.digest, second?.digest, signature) else { continue }
                let arrival = new(made, event)
                guard engine.cryptography.verifier.isValid(signature, of: arrival.digest, by: made.creator) else {
                    continue
                }
                return (arrival, first.map { first in first.index.map { $0 + 1 } } ?? 0)
            }
        }
        return nil
    }

    private func made(
        _ event: Event,
        _ selfParent: Digest?,
        _ otherParent: Digest?,
        _ signature: Signature
    ) -> GossipEvent? {
        let cause: GossipEvent.Cause
        switch event.kind {
        case .initial: cause = .initial
        case .requesting:
            guard let recipient = event.recipient else { return nil }
            cause = .requesting(recipient: packed.peers[recipient])
        case .request, .response:
            guard let otherParent else { return nil }
            cause = event.kind == .request ? .request(otherParent: otherParent) : .response(otherParent: otherParent)
        case .observation: cause = .observation(event.observations.map { packed.observations[$0] })
        }
        return GossipEvent(
            creator: packed.peers[event.creator],
            selfParent: selfParent,
            cause: cause,
            signature: signature
        )
    }

    /// Digests an event that the receiver does not have.
    private mutating func new(_ made: GossipEvent, _ event: Event) -> Arrival {
        let digests = engine.cryptography.digests
        var names: [Digest] = []
        for place in event.observations {
            let digest = observationDigests[place] ?? digests.digest(of: packed.observations[place])
            observationDigests[place] = digest
            names.append(digest)
        }
        let cause: EventCause<PeerID, Digest, Digest> =
            event.kind == .observation ? .observation(names) : made.cause.mapObservations { digests.digest(of: $0) }
        let header = EventHeader(
            network: engine.networkDigest,
            creator: made.creator,
            selfParent: made.selfParent,
            cause: cause,
            function: digests
        )
        return Arrival(made, observations: names, digest: header.digest(using: digests), root: header.root)
    }

    /// The event if the receiver has it: one with the same place, parents and signature.
    ///
    /// What it votes for is not compared, since the receiver keeps what it has.
    private func known(_ made: GossipEvent, _ event: Event, at index: Int) -> Arrival? {
        let graph = engine.agreement.graph
        guard let creator = peers[event.creator], let known = graph.soleEvent(by: creator, at: index),
            graph.kind(of: known) == event.kind, engine.signature(of: known) == made.signature,
            graph.selfParent(of: known).map(graph.digest) == made.selfParent
        else { return nil }
        switch made.cause {
        case .initial: break
        case .requesting:
            guard let recipient = event.recipient, peers[recipient] == graph.recipient(of: known) else { return nil }
        case .request(let parent), .response(let parent):
            guard graph.otherParent(of: known).map(graph.digest) == parent else { return nil }
        case .observation(let observations):
            guard graph.observations(of: known).count == observations.count else { return nil }
        }
        let names = graph.observations(of: known).map(engine.agreement.store.digest)
        return Arrival(made, observations: names, digest: graph.digest(of: known))
    }

    // MARK: - Parents

    private func candidates(_ parent: PackedMessage.Parent, creator: Int) -> Candidates {
        let graph = engine.agreement.graph
        switch parent {
        case .previous: return Candidates(first: chains[creator].last)
        case .digest(let digest):
            let index = indices[digest] ?? graph.event(withDigest: digest).map { graph.indexByCreator(of: $0) }
            return Candidates(first: (digest, index))
        case .index(let peer, let index):
            let position = index - chains[peer].base
            let isPlaced = chains[peer].digests.indices.contains(position)
            let others = chains[peer].others.isEmpty ? [] : chains[peer].others[index] ?? []
            if isPlaced && others.isEmpty { return Candidates(first: (chains[peer].digests[position], index)) }
            if isPlaced || !others.isEmpty {
                let all = (isPlaced ? [chains[peer].digests[position]] : []) + others
                return Candidates(first: (all[0], index), rest: all.dropFirst().map { ($0, index) })
            }
            guard let known = peers[peer], index <= Int(UInt32.max) else { return Candidates() }
            if let sole = graph.soleEvent(by: known, at: index) {
                return Candidates(first: (graph.digest(of: sole), index))
            }
            let events = graph.events(by: known, at: index).map { (digest: graph.digest(of: $0), index: Int?(index)) }
            return Candidates(first: events.first, rest: Array(events.dropFirst()))
        }
    }
}
