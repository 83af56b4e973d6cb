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
}
