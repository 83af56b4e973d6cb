import GossipGraph
import Membership
public import ParsecCore
import Voting

/// How more goes from one peer to another than one message may hold.
///
/// A sender whose message would be too large sends the oldest events of it instead; the receiver takes them, and says how
/// far it has come; the sender goes on from there. Nothing is lost if either message is: the next exchange goes on from
/// what the receiver said last.
extension Engine {
    /// Agrees on how much messages to a peer may hold: never more than this engine's own limits.
    ///
    /// - Throws: ``EngineError/unknownPeer(_:)``.
    public mutating func limitMessages(to peer: PeerID, _ bounds: MessageBounds) throws(EngineError) {
        guard let index = agreement.peers.index(of: peer) else { throw .unknownPeer(peer) }
        links[index, default: Link()].bounds = limits.messages.lowered(to: bounds)
    }

    /// The first of these events, as many as a message may hold; nil if it may hold them all and one more.
    mutating func part(of events: [EventIndex], to peer: PeerIndex) -> GossipMessage? {
        let bounds = links[peer]?.bounds ?? limits.messages
        var count = 0
        var bytes = 0
        for event in events {
            bytes += weight(of: event)
            if count > 0 && bytes > bounds.bytes || count == bounds.events { break }
            count += 1
        }
        guard count < events.count || count == bounds.events, let last = events.prefix(count).last else { return nil }
        links[peer, default: Link()].lastPart = last
        return message(.part, events.prefix(count))
    }

    /// How many bytes of a message an event takes at most, counted as if it shared nothing with the others.
    func weight(of event: EventIndex) -> Int {
        // Signature, two digests, an identity, and small numbers.
        graph.observations(of: event).reduce(192) { $0 + 16 + agreement.store.byteCount(of: $1) }
    }

    /// The last events of the chains that our own newest event does not build on.
    var ownTips: [EventIndex] {
        let tips = graph.branches.map(\.tip).filter { tip in
            ownTip.map { $0 != tip && !graph.isDescendant($0, of: tip) } ?? true
        }
        return Array(tips.prefix(limits.tipsPerMessage))
    }

    /// The last events of chains by which a message says what this peer has.
    ///
    /// A request and a response bring our own newest event, which says the most of it. A part need not, and a progress
    /// does not, and whoever has removed us takes no event of ours: they name all chains.
    func tips(for kind: GossipMessage.Kind) -> [EventIndex] {
        switch kind {
        case .request, .response: ownTips
        case .part, .progress: Array(graph.branches.map(\.tip).prefix(limits.tipsPerMessage))
        }
    }

    /// Remembers what a peer has whose events are not taken any more: what they build on.
    mutating func noteParents(in message: GossipMessage, from peer: PeerIndex) {
        var newest: [BranchIndex: EventIndex] = [:]
        for event in message.events {
            for parent in [event.selfParent, event.cause.otherParent] {
                guard let known = parent.flatMap(graph.event(withDigest:)) else { continue }
                let branch = graph.branch(of: known)
                newest[branch] = max(newest[branch] ?? known, known)
            }
        }
        links[peer, default: Link()].tips += newest.values.sorted()
    }

    /// Remembers what the sender of a message has, in place of what it said before.
    mutating func noteTips(of message: GossipMessage, from peer: PeerIndex) {
        let tips = message.tips.compactMap(graph.event(withDigest:))
        if tips.isEmpty && links[peer] == nil { return }
        links[peer, default: Link()].tips = tips
    }

    /// What goes on from the last part, if the peer has that part.
    mutating func continuation(to peer: PeerIndex) throws(EngineError) -> GossipMessage? {
        guard let link = links[peer], let last = link.lastPart else { return nil }
        let known = link.tips + graph.branches(of: peer).map { graph.branches[$0.position].tip }
        guard known.contains(where: { $0 == last || graph.isDescendant($0, of: last) }) else { return nil }
        links[peer]?.lastPart = nil
        let id = agreement.peers.id(of: peer)
        return gossipRecipients.contains(id) ? try gossip(to: id) : response(to: peer, answering: nil)
    }
}
