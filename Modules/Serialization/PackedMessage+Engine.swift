import Consensus
import GossipGraph
import Membership
import ParsecCore
import Voting

extension PackedMessage {
    /// Packs a message, with the indices that its sender's graph has for parents.
    init(
        _ message: GossipMessage,
        _ agreement: Agreement,
        digests: some ObservationDigests,
        _ network: Digest
    ) {
        let graph = agreement.graph
        tips = message.tips
        var peerPlaces: [PeerID: Int] = [:]
        var observationPlaces: [Observation: Int] = [:]
        var lastDigests: [PeerID: Digest] = [:]
        func place(_ peer: PeerID) -> Int {
            if let known = peerPlaces[peer] { return known }
            peerPlaces[peer] = peers.count
            peers.append(peer)
            return peers.count - 1
        }
        /// How many of its creator's events are before an event, if that tells it from all others.
        func index(_ digest: Digest) -> (creator: PeerID, index: Int)? {
            guard let event = graph.event(withDigest: digest) else { return nil }
            let creator = graph.creator(of: event)
            let index = graph.indexByCreator(of: event)
            guard graph.events(by: creator, at: index).count == 1 else { return nil }
            return (agreement.peers.id(of: creator), index)
        }
        for event in message.events {
            var packed = Event(creator: place(event.creator), kind: event.cause.kind)
            if let digest = event.selfParent {
                if lastDigests[event.creator] == digest {
                    packed.selfParent = .previous
                } else if let known = index(digest), known.creator == event.creator {
                    packed.selfParent = .index(creator: packed.creator, known.index)
                } else {
                    packed.selfParent = .digest(digest)
                }
            }
            switch event.cause {
            case .initial: break
            case .requesting(let recipient): packed.recipient = place(recipient)
            case .request(let parent), .response(let parent):
                packed.otherParent =
                    index(parent).map { .index(creator: place($0.creator), $0.index) } ?? .digest(parent)
            case .observation(let list):
                for observation in list {
                    if observationPlaces[observation] == nil {
                        observationPlaces[observation] = observations.count
                        observations.append(observation)
                    }
                    packed.observations.append(observationPlaces[observation] ?? 0)
                }
            }
            events.append(packed)
            signatures.append(event.signature)
            lastDigests[event.creator] = event.digest(in: network, digests)
        }
    }

    /// Finds the digests of all parents in the receiver's graph.
    ///
    /// Where the receiver knows of a fork that the sender does not, an index stands for several events; the one is meant
    /// with which the signature is valid.
    func unpacked(_ kind: GossipMessage.Kind, for engine: Engine) -> MessageCodec.Decoded {
        let graph = engine.agreement.graph
        /// The digests of this message's events, by creator and index; of events that could not be placed there are none.
        var placed: [[Int: [Digest]]] = Array(repeating: [:], count: peers.count)
        var indices: [Digest: Int] = [:]
        var last: [Int: Digest?] = [:]
        let known = peers.map { engine.agreement.peers.index(of: $0) }

        func candidates(_ parent: Parent, creator: Int) -> [Digest] {
            switch parent {
            case .previous: return (last[creator] ?? nil).map { [$0] } ?? []
            case .digest(let digest): return [digest]
            case .index(let peer, let index):
                if let here = placed[peer][index] { return here }
                guard let peer = known[peer], index <= Int(UInt32.max) else { return [] }
                return graph.events(by: peer, at: index).map(graph.digest)
            }
        }
        func indexByCreator(_ digest: Digest) -> Int? {
            indices[digest] ?? graph.event(withDigest: digest).map { graph.indexByCreator(of: $0) }
        }

        var result: [GossipEvent] = []
        for (place, packed) in events.enumerated() {
            let selfParents =
                packed.selfParent.map { candidates($0, creator: packed.creator).map(Optional.some) } ?? [nil]
            let otherParents =
                packed.otherParent.map { candidates($0, creator: packed.creator).map(Optional.some) } ?? [nil]
            let choices = selfParents.flatMap { first in otherParents.map { (first, $0) } }
            // Whoever forks may not make us check signatures without end.
            guard choices.count <= WireLimits.ambiguousParents else {
                last[packed.creator] = .some(nil)
                continue
            }
            let made = choices.compactMap { event(packed, selfParent: $0.0, otherParent: $0.1, signatures[place]) }
            var digested = made.map { ($0, $0.digest(in: engine.networkDigest, engine.cryptography.digests)) }
            if digested.count > 1 {
                digested = digested.filter {
                    engine.cryptography.verifier.isValid(signatures[place], of: $0.1, by: peers[packed.creator])
                }
            }
            guard let (event, digest) = digested.first else {
                last[packed.creator] = .some(nil)
                continue
            }
            result.append(event)
            last[packed.creator] = digest
            let index = event.selfParent.map { indexByCreator($0).map { $0 + 1 } } ?? 0
            if let index {
                placed[packed.creator][index, default: []].append(digest)
                indices[digest] = index
            }
        }
        let message = GossipMessage(kind: kind, events: result, tips: tips)
        return MessageCodec.Decoded(message: message, unplaced: events.count - result.count)
    }

    private func event(
        _ packed: Event,
        selfParent: Digest?,
        otherParent: Digest?,
        _ signature: Signature
    ) -> GossipEvent? {
        let cause: GossipEvent.Cause
        switch packed.kind {
        case .initial: cause = .initial
        case .requesting:
            guard let recipient = packed.recipient else { return nil }
            cause = .requesting(recipient: peers[recipient])
        case .request, .response:
            guard let otherParent else { return nil }
            cause = packed.kind == .request ? .request(otherParent: otherParent) : .response(otherParent: otherParent)
        case .observation: cause = .observation(packed.observations.map { observations[$0] })
        }
        return GossipEvent(creator: peers[packed.creator], selfParent: selfParent, cause: cause, signature: signature)
    }
}

extension GossipEvent {
    /// The digest of the event in a network.
    fileprivate func digest(in network: Digest, _ digests: some ObservationDigests) -> Digest {
        EventHeader(
            network: network,
            creator: creator,
            selfParent: selfParent,
            cause: cause.mapObservations { digests.digest(of: $0) },
            function: digests
        ).digest(using: digests)
    }
}
