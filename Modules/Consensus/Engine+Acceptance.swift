import GossipGraph
import Membership
import ParsecCore
import Voting

/// Which events of a message are taken: those with known parents, well formed and authentic, by peers that were
/// admitted at some time.
///
/// Acceptance only grows. What another member has built on is never refused for what this peer happens to have decided
/// since: removal ends a peer's votes and its right to send, not the standing of its events.
extension Engine {
    /// An event of a message, with its digests.
    struct Arrival {
        let event: GossipEvent
        let digest: Digest
        let observations: [DigestedObservation]
    }

    /// Digests the events of a message.
    func arrivals(of message: GossipMessage) -> [Arrival] {
        message.events.map { event in
            let observations = event.observations.map {
                DigestedObservation($0, digest: cryptography.digests.digest(of: $0))
            }
            let header = event.header(network: networkDigest, digests: observations.map(\.digest))
            let digest = header.digest(using: cryptography.digests)
            return Arrival(event: event, digest: digest, observations: observations)
        }
    }

    /// Inserts the good events of a message and lists the others.
    mutating func take(_ arrivals: [Arrival]) throws(EngineError) -> (accepted: Int, refused: [Refusal]) {
        var accepted = 0
        var refused: [Refusal] = []
        var refusedDigests: Set<Digest> = []
        var places: [Digest: Int] = [:]
        for (position, arrival) in arrivals.enumerated() { places[arrival.digest] = position }

        for (position, arrival) in arrivals.enumerated() where graph.event(withDigest: arrival.digest) == nil {
            let reason: Refusal.Reason?
            if let parent = firstMissingParent(of: arrival.event) {
                if refusedDigests.contains(parent) {
                    reason = .parentRefused(parent)
                } else if let place = places[parent], place > position {
                    reason = .outOfOrder(parent: parent)
                } else if parent == arrival.event.selfParent {
                    reason = .unknownSelfParent(parent)
                } else {
                    reason = .unknownOtherParent(parent)
                }
            } else {
                reason = fault(of: arrival)
            }
            if let reason {
                refused.append(Refusal(position: position, digest: arrival.digest, reason: reason))
                refusedDigests.insert(arrival.digest)
                continue
            }
            guard let new = newEvent(arrival) else { continue }
            try insert(new, signature: arrival.event.signature)
            agreement.peers.noteEvent(by: new.creator)
            accepted += 1
        }
        return (accepted, refused)
    }

    private func firstMissingParent(of event: GossipEvent) -> Digest? {
        for parent in [event.selfParent, event.otherParent] {
            if let parent, graph.event(withDigest: parent) == nil { return parent }
        }
        return nil
    }

    /// What is wrong with an event whose parents are in the graph, if anything; the costly check comes last.
    private func fault(of arrival: Arrival) -> Refusal.Reason? {
        let event = arrival.event
        guard let creator = agreement.peers.index(of: event.creator), agreement.peers.admitted.contains(creator) else {
            return .unknownCreator(event.creator)
        }
        if case .requesting(let id) = event.cause {
            guard let recipient = agreement.peers.index(of: id), agreement.peers.admitted.contains(recipient) else {
                return .unknownRecipient(id)
            }
        }
        if let fault = fault(of: arrival.observations) { return fault }
        guard let new = newEvent(arrival) else { return .unknownCreator(event.creator) }
        do { try agreement.check(new) } catch { return .malformed(error) }
        guard cryptography.verifier.isValid(event.signature, of: arrival.digest, by: event.creator) else {
            return .badSignature
        }
        return nil
    }

    private func fault(of observations: [DigestedObservation]) -> Refusal.Reason? {
        if observations.count > limits.observationsPerEvent {
            return .tooMany(.observationsPerEvent, count: observations.count, limit: limits.observationsPerEvent)
        }
        for observation in observations where observation.observation.byteCount > limits.bytesPerObservation {
            return .tooMany(
                .bytesPerObservation,
                count: observation.observation.byteCount,
                limit: limits.bytesPerObservation
            )
        }
        return Set(observations.map(\.digest)).count < observations.count ? .duplicateVote : nil
    }

    /// The event in this graph's indices; nil unless parents, creator and recipient are known.
    private func newEvent(_ arrival: Arrival) -> NewEvent? {
        let event = arrival.event
        guard let creator = agreement.peers.index(of: event.creator) else { return nil }
        let otherParent = event.otherParent.flatMap(graph.event(withDigest:))
        let content: NewEvent.Content
        switch event.cause {
        case .initial: content = .initial
        case .observation: content = .observation(arrival.observations)
        case .requesting(let id):
            guard let recipient = agreement.peers.index(of: id) else { return nil }
            content = .requesting(recipient: recipient)
        case .request:
            guard let otherParent else { return nil }
            content = .request(otherParent: otherParent)
        case .response:
            guard let otherParent else { return nil }
            content = .response(otherParent: otherParent)
        }
        let selfParent = event.selfParent.flatMap(graph.event(withDigest:))
        return NewEvent(creator: creator, selfParent: selfParent, content: content, digest: arrival.digest)
    }
}
