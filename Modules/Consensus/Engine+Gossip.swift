import GossipGraph
import Membership
public import ParsecCore
import Voting

extension Engine {
    /// Begins an exchange: creates an event that announces it, and returns the request to send.
    ///
    /// - Throws: ``EngineError``: `gossipToOneself`, `unknownPeer`, `notPermitted` unless this peer may send, or
    ///   `peerNotPermitted` unless the other is a reachable member.
    public mutating func gossip(to peer: PeerID) throws(EngineError) -> GossipMessage {
        guard peer != id else { throw .gossipToOneself }
        guard let recipient = agreement.peers.index(of: peer) else { throw .unknownPeer(peer) }
        guard state.contains(.send) else { throw .notPermitted(required: .send, actual: state) }
        let required: PeerState = [.generateKeys, .receive]
        let theirs = agreement.peers.state(of: recipient)
        guard theirs.contains(required) else { throw .peerNotPermitted(peer, required: required, actual: theirs) }
        try checkSpace(for: 1)
        try append(.requesting(recipient: recipient))
        return message(.request, to: recipient, answering: nil)
    }

    /// Takes a request or a response that a peer sent.
    ///
    /// Events that are in the graph already are skipped. A bad event is refused by itself, with those that build on it.
    /// A peer that was removed takes nothing more, but still answers requests with what it has. Of a peer that was
    /// removed nothing is taken, but its requests are answered, so that it learns of its removal.
    /// - Throws: ``EngineError`` if the message as a whole cannot be taken: `notPermitted`, `unknownPeer`,
    ///   `peerNotPermitted`, `emptyMessage`, `tooMany`, `headByOther`, `requestNotForUs`, `duplicateMessage`.
    public mutating func receive(_ message: GossipMessage, from peer: PeerID) throws(EngineError) -> Receipt {
        guard peer != id else { throw .gossipToOneself }
        guard state.contains(.receive) || agreement.isOver && message.kind == .request else {
            throw .notPermitted(required: .receive, actual: state)
        }
        guard let sender = agreement.peers.index(of: peer) else { throw .unknownPeer(peer) }
        let theirs = agreement.peers.state(of: sender)
        let learnsOfRemoval =
            agreement.peers.isRemoved(sender) && message.kind == .request && ownTip != nil && !agreement.isOver
        guard theirs.contains(.send) || learnsOfRemoval else {
            throw .peerNotPermitted(peer, required: .send, actual: theirs)
        }
        guard let head = message.events.last else { throw .emptyMessage }
        try limits.check(.eventsPerMessage, count: message.events.count)
        guard head.creator == peer else { throw .headByOther(head.creator) }
        if message.kind == .request {
            guard head.cause == .requesting(recipient: id) else { throw .requestNotForUs }
        }
        if learnsOfRemoval {
            let response = self.message(.response, to: sender, answering: nil)
            return Receipt(outcome: .senderRemoved, accepted: 0, refused: [], response: response)
        }
        if agreement.isOver {
            // The others may need our last events to find out that we are removed: two of two voters had to agree on it.
            return Receipt(
                outcome: .removed,
                accepted: 0,
                refused: [],
                response: self.message(.response, to: sender, answering: nil)
            )
        }
        // One event more for the answer, one for our Initial event if the message admits us.
        try checkSpace(for: message.events.count + 2 + pendingHeads.count)
        // Whatever is computed of an observation goes as deep as it does; no honest peer passes such events on.
        for observation in message.events.lazy.flatMap(\.cause.observations) {
            try limits.check(.maliceDepth, count: observation.maliceDepth)
        }
        let arrivals = arrivals(of: message)
        let headDigest = arrivals[arrivals.count - 1].digest
        if let known = graph.event(withDigest: headDigest), answered.contains(known) || pendingHeads.contains(known) {
            throw .duplicateMessage(head: headDigest)
        }

        let (accepted, refused) = try take(arrivals)
        try answerPending()
        var outcome = agreement.isOver ? Receipt.Outcome.removed : .headRefused
        let known = graph.event(withDigest: headDigest)
        if !agreement.isOver, let known { outcome = try answer(message.kind, head: known) }
        let answers = message.kind == .request && (outcome == .answered || outcome == .removed)
        let response = answers ? self.message(.response, to: sender, answering: known) : nil
        return Receipt(outcome: outcome, accepted: accepted, refused: refused, response: response)
    }

    // MARK: - Sending

    /// The events that a peer is believed to lack, the newest of our own last (`protocol.md` section 2.10).
    ///
    /// - Parameter head: the event of the peer's that is answered. Who forks has the branch that it speaks from, and
    ///   need not have the others: two machines may share its key.
    private func message(_ kind: GossipMessage.Kind, to peer: PeerIndex, answering head: EventIndex?) -> GossipMessage {
        let branches = graph.branches(of: peer)
        var known = branches.map { graph.branches[$0.position].tip }
        if let head, branches.count > 1 { known = [head] }
        var events = graph.events(notAncestorsOf: known)
        // Our newest event is the last already, unless this peer was removed since; then it is named once more.
        if let ownTip, events.last != ownTip { events.append(ownTip) }
        return GossipMessage(kind: kind, events: events.map(gossipEvent))
    }

    /// An event of the graph as it travels.
    public func gossipEvent(_ event: EventIndex) -> GossipEvent {
        GossipEvent(
            creator: agreement.peers.id(of: graph.creator(of: event)),
            selfParent: graph.selfParent(of: event).map(graph.digest),
            cause: graph.cause(of: event).map(
                peer: agreement.peers.id,
                parent: graph.digest,
                observation: { agreement.store[$0].observation }
            ),
            signature: signatures[offset(of: event)]
        )
    }

    // MARK: - Answering

    /// Creates the event that answers a message, or remembers to do so once this peer is admitted.
    private mutating func answer(_ kind: GossipMessage.Kind, head: EventIndex) throws(EngineError) -> Receipt.Outcome {
        switch kind {
        case .request:
            guard ownTip != nil else {
                pendingHeads.append(head)
                if pendingHeads.count > limits.pendingRequests { pendingHeads.removeFirst() }
                return .pending
            }
            try append(.request(otherParent: head))
        case .response:
            // The answer to our Requesting event; votes may stand on top of it (`protocol.md` section 2.9).
            guard let answer = graph.selfSyncAncestor(of: head), graph.kind(of: answer) == .request,
                let asked = graph.otherParent(of: answer), graph.creator(of: asked) == ourself
            else { return .unsolicited }
            // A second answer to the same request is none, whatever stands on top of it.
            guard answered.insert(answer).inserted else { return .unsolicited }
            try append(.response(otherParent: head))
        }
        return .answered
    }

    /// Creates the events that answer the requests which came before this peer was admitted, oldest first.
    private mutating func answerPending() throws(EngineError) {
        guard !pendingHeads.isEmpty, ownTip != nil, state.contains(.receive) else { return }
        let heads = pendingHeads
        pendingHeads = []
        for head in heads { try append(.request(otherParent: head)) }
    }
}
