import Consensus
import GossipGraph
import Membership
import ParsecCore
import Voting

extension PackedMessage {
    /// Packs a message, with the indices that its sender's graph has for parents.
    init(_ message: GossipMessage, from engine: Engine) {
        let agreement = engine.agreement
        let graph = agreement.graph
        tips = message.tips
        var peerPlaces: [PeerID: Int] = [:]
        var observationPlaces = DigestTable()
        var namedObservations: [Digest] = []
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
            let digests = engine.digests(of: event)
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
                for (observation, digest) in zip(list, digests.observations) {
                    let known = observationPlaces.position(of: digest, in: namedObservations)
                    let place = known ?? observations.count
                    if known == nil {
                        namedObservations.append(digest)
                        observationPlaces.appendLast(of: namedObservations)
                        observations.append(observation)
                    }
                    packed.observations.append(place)
                }
            }
            events.append(packed)
            signatures.append(event.signature)
            lastDigests[event.creator] = digests.event
        }
    }
}

extension Engine {
    /// The digests of an event and of its observations: as the graph has them, if the event is there.
    fileprivate func digests(of event: GossipEvent) -> (event: Digest, observations: [Digest]) {
        let graph = agreement.graph
        let index = event.selfParent.map { graph.event(withDigest: $0).map { graph.indexByCreator(of: $0) + 1 } } ?? 0
        if let creator = agreement.peers.index(of: event.creator), let index,
            let known = graph.soleEvent(by: creator, at: index), signature(of: known) == event.signature
        {
            return (graph.digest(of: known), graph.observations(of: known).map(agreement.store.digest))
        }
        let digests = cryptography.digests
        return (event.digest(in: networkDigest, digests), event.cause.observations.map { digests.digest(of: $0) })
    }
}
