import GossipGraph
import Membership
public import ParsecCore
import Voting

extension Engine {
    /// Begins an exchange: creates an event that announces it, and returns the request to send.
    ///
    /// If the other lacks more than a message may hold, this is a part of it instead, and no event is created yet.
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
        let lacking = events(lackedBy: recipient, answering: nil)
        if let part = part(of: lacking, to: recipient) { return part }
        let announcement = try append(.requesting(recipient: recipient))
        return message(.request, lacking + [announcement], to: recipient)
    }

    /// Takes a message that a peer sent.
    ///
    /// Events that are in the graph already are skipped. A bad event is refused by itself, with those that build on it.
    /// Neither taken nor refused are forks on which the last event does not build, and events of known offenders on which
    /// nobody else builds: they come again once somebody does.
    /// A peer that was removed takes nothing more, but still answers requests, and parts of them, with what it has. Of a
    /// peer that was removed nothing is taken, but the same is answered, so that it learns of its removal.
    /// - Throws: ``EngineError`` if the message as a whole cannot be taken: `notPermitted`, `unknownPeer`,
    ///   `peerNotPermitted`, `emptyMessage`, `tooMany`, `headByOther`, `requestNotForUs`, `duplicateMessage`.
    public mutating func receive(_ message: GossipMessage, from peer: PeerID) throws(EngineError) -> Receipt {
        try receive(message, digested: nil, from: peer)
    }

    /// Takes a message whose events have been digested already, as decoding does; nil if they have not.
    package mutating func receive(
        _ message: GossipMessage,
        digested: [Arrival]?,
        from peer: PeerID
    ) throws(EngineError) -> Receipt {
        guard peer != id else { throw .gossipToOneself }
        // Whoever has more to say than a message may hold sends parts until these are acknowledged, and no request.
        let asks = message.kind != .response
        guard state.contains(.receive) || agreement.isOver && asks else {
            throw .notPermitted(required: .receive, actual: state)
        }
        guard let sender = agreement.peers.index(of: peer) else { throw .unknownPeer(peer) }
        let theirs = agreement.peers.state(of: sender)
        let learnsOfRemoval = agreement.peers.isRemoved(sender) && asks && ownTip != nil && !agreement.isOver
        guard theirs.contains(.send) || learnsOfRemoval else {
            throw .peerNotPermitted(peer, required: .send, actual: theirs)
        }
        try limits.check(.tipsPerMessage, count: message.tips.count)
        if message.kind == .progress {
            noteTips(of: message, from: sender)
            return Receipt(.progressNoted, response: try continuation(to: sender))
        }
        try check(message, from: peer)
        noteTips(of: message, from: sender)
        if learnsOfRemoval {
            noteParents(in: message, from: sender)
            return Receipt(.senderRemoved, response: response(to: sender, answering: nil))
        }
        // The others may need our last events to find out that we are removed: two of two voters had to agree on it.
        if agreement.isOver { return Receipt(.removed, response: response(to: sender, answering: nil)) }
        // One event more for the answer, one for our Initial event if the message admits us.
        try checkSpace(for: message.eventCount + 2 + pendingHeads.count)
        try checkDepth(of: message)
        let arrivals = digested ?? message.arrivals ?? arrivals(of: message)
        let headDigest = arrivals[arrivals.count - 1].digest
        if message.kind != .part, let known = graph.event(withDigest: headDigest),
            answered.contains(known) || pendingHeads.contains(known)
        {
            throw .duplicateMessage(head: headDigest)
        }

        let (accepted, refused) = try take(arrivals, of: message.kind, from: peer)
        try answerPending()
        let head = graph.event(withDigest: headDigest)
        var outcome = Receipt.Outcome.headRefused
        if agreement.isOver {
            outcome = .removed
        } else if message.kind == .part {
            outcome = .partTaken
        } else if let head {
            outcome = try answer(message.kind, head: head)
        }
        let response: GossipMessage? =
            switch outcome {
            case .answered, .removed: message.kind == .request ? self.response(to: sender, answering: head) : nil
            case .partTaken, .pending: self.message(.progress, [], to: sender)
            case .headRefused, .unsolicited, .senderRemoved, .progressNoted: nil
            }
        return Receipt(outcome, accepted: accepted, refused: refused, response: response)
    }

    /// Checks what does not depend on the graph.
    private func check(_ message: GossipMessage, from peer: PeerID) throws(EngineError) {
        guard let head = message.head else { throw .emptyMessage }
        try limits.check(.eventsPerMessage, count: message.eventCount)
        if message.kind == .part { return }
        guard head.creator == peer else { throw .headByOther(head.creator) }
        if message.kind == .request {
            guard head.cause == .requesting(recipient: id) else { throw .requestNotForUs }
        }
    }

    /// Checks how deep accusations go into one another: whatever is computed of them goes as deep, and no honest peer passes
    /// on deeper ones.
    private func checkDepth(of message: GossipMessage) throws(EngineError) {
        func check(_ event: GossipEvent) throws(EngineError) {
            guard case .observation(let observations) = event.cause else { return }
            for observation in observations { try limits.check(.maliceDepth, count: observation.maliceDepth) }
        }
        if let arrivals = message.arrivals {
            for arrival in arrivals { try check(arrival.event) }
        } else {
            for event in message.events { try check(event) }
        }
    }

    // MARK: - Sending

    /// Expects that from now on messages to a peer arrive, in their order: each leaves out what those before it brought.
    ///
    /// That saves what is sent again while the answer is on its way, a third of all events of a busy network. Nothing is
    /// lost if a message does not arrive all the same, or is not taken: the other refuses what builds on it, and gives no
    /// answer. Then, or when a new connection takes the place of the old, whoever drives the engine calls this again, and
    /// messages bring anew what the other has not said that it has.
    /// - Throws: ``EngineError/unknownPeer(_:)``.
    public mutating func beginConnection(to peer: PeerID) throws(EngineError) {
        guard let index = agreement.peers.index(of: peer) else { throw .unknownPeer(peer) }
        links[index, default: Link()].isConnected = true
        links[index]?.sent = nil
    }

    /// Expects no more that messages to a peer arrive.
    public mutating func endConnection(to peer: PeerID) {
        guard let index = agreement.peers.index(of: peer) else { return }
        links[index]?.isConnected = false
        links[index]?.sent = nil
    }

    /// The events that a peer is believed to lack (`protocol.md` section 2.10).
    ///
    /// - Parameter head: the event of the peer's that is answered. Who forks has the branch that it speaks from, and
    ///   need not have the others: two machines may share its key.
    private func events(lackedBy peer: PeerIndex, answering head: EventIndex?) -> [EventIndex] {
        let branches = graph.branches(of: peer)
        var known = branches.map { graph.branches[$0.position].tip }
        if let head, branches.count > 1 { known = [head] }
        if let link = links[peer] {
            known += link.tips
            if let sent = link.sent { known.append(sent) }
        }
        return graph.events(notAncestorsOf: known)
    }

    /// The answer to a request, with the newest of our own events last; or a part of it, if it is too large.
    mutating func response(to peer: PeerIndex, answering head: EventIndex?) -> GossipMessage {
        var events = events(lackedBy: peer, answering: head)
        // Our newest event is the last already, unless this peer was removed since; then it is named once more.
        if let ownTip {
            if events.last == ownTip { events.removeLast() }
            if let part = part(of: events, to: peer) { return part }
            events.append(ownTip)
        }
        return message(.response, events, to: peer)
    }

    private mutating func message(_ kind: GossipMessage.Kind, _ events: [EventIndex], to peer: PeerIndex)
        -> GossipMessage
    {
        if kind != .progress {
            links[peer]?.lastPart = nil
            if links[peer]?.isConnected == true { links[peer]?.sent = events.last }
        }
        return message(kind, events[...])
    }

    mutating func message(_ kind: GossipMessage.Kind, _ events: ArraySlice<EventIndex>) -> GossipMessage {
        let tips = tips(for: kind).map { agreement.graph.digest(of: $0) }
        guard let arrivals else {
            return GossipMessage(kind: kind, events: events.map { gossipEvent($0) }, tips: tips)
        }
        var list: [Arrival] = []
        list.reserveCapacity(events.count)
        for event in events { list.append(arrivals[offset(of: event)]) }
        return GossipMessage(kind: kind, arrivals: list, tips: tips)
    }

    /// An event of the graph with its digests.
    func arrival(of event: EventIndex, signature: Signature) -> Arrival {
        var observations: [Digest] = []
        if agreement.graph.kind(of: event) == .observation {
            observations = agreement.graph.observations(of: event).map { agreement.store.digest(of: $0) }
        }
        let digest = agreement.graph.digest(of: event)
        return Arrival(gossipEvent(event, signature: signature), observations: observations, digest: digest)
    }

    /// An event of the graph as it travels.
    public func gossipEvent(_ event: EventIndex) -> GossipEvent { gossipEvent(event, signature: signature(of: event)) }

    private func gossipEvent(_ event: EventIndex, signature: Signature) -> GossipEvent {
        // Without closures, which would have a copy of the graph each.
        let cause: GossipEvent.Cause =
            switch agreement.graph.cause(of: event) {
            case .initial: .initial
            case .requesting(let recipient): .requesting(recipient: agreement.peers.id(of: recipient))
            case .request(let parent): .request(otherParent: agreement.graph.digest(of: parent))
            case .response(let parent): .response(otherParent: agreement.graph.digest(of: parent))
            case .observation(let payloads): .observation(payloads.map { agreement.store.observation(of: $0) })
            }
        return GossipEvent(
            creator: agreement.peers.id(of: agreement.graph.creator(of: event)),
            selfParent: agreement.graph.digestOfSelfParent(of: event),
            cause: cause,
            signature: signature
        )
    }

    // MARK: - Answering

    /// Creates the event that answers a message, or remembers to do so once this peer is admitted.
    private mutating func answer(_ kind: GossipMessage.Kind, head: EventIndex) throws(EngineError) -> Receipt.Outcome {
        // Whoever takes up the word of a known offender is its accomplice.
        guard !isByKnownOffender(head) else { return .headRefused }
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
            guard !answered.contains(answer) else { return .unsolicited }
            try append(.response(otherParent: head))
        case .part, .progress: return .unsolicited
        }
        return .answered
    }

    /// Creates the events that answer the requests which came before this peer was admitted, oldest first.
    private mutating func answerPending() throws(EngineError) {
        guard !isHeldBack, !pendingHeads.isEmpty, ownTip != nil, state.contains(.receive) else { return }
        let heads = pendingHeads
        pendingHeads = []
        for head in heads where !isByKnownOffender(head) { try append(.request(otherParent: head)) }
    }
}
