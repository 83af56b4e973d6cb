import Consensus
import GossipGraph
import Membership
import ParsecCore

/// Messages: when they are sent, what the links do to them, and what becomes of them.
extension Simulation {
    // MARK: - When

    /// Makes a peer act of itself soon, if it does not anyway.
    ///
    /// - Parameter learned: whether it knows something that others may not.
    mutating func arouse(_ peer: Int, _ number: Int, after occasion: GossipOccasion, learned: Bool) {
        guard peers[peer].life == .running, look(at: peer, number, { $0.state.contains(.send) }) else { return }
        if learned { peers[peer].instances[number].rumour = rumourLength }
        let pause = max(1, policy.pause(after: occasion, using: &generator)) * slowness(of: peer)
        wake(peer, number, at: now + pause)
    }

    private mutating func wake(_ peer: Int, _ number: Int, at time: Int) {
        guard time < peers[peer].instances[number].wakeTime else { return }
        peers[peer].instances[number].wakeTime = time
        peers[peer].instances[number].wakeNumber += 1
        let due = peers[peer].instances[number].wakeNumber
        queue.schedule(.wake(peer: peer, instance: number, number: due), at: time)
    }

    /// How many requests a peer makes because of what it has learned: enough for a rumour to reach everybody.
    private var rumourLength: Int {
        let voters = checker.voters.count
        return 2 + (Int.bitWidth - voters.leadingZeroBitCount)
    }

    /// A peer acts of itself: it gossips if there is something to gossip about, or shows that it is there.
    mutating func wake(_ peer: Int, _ number: Int) {
        peers[peer].instances[number].wakeTime = .max
        guard peers[peer].life == .running, !look(at: peer, number, { $0.agreement.isOver }) else { return }
        if !peers[peer].misbehaviours.isEmpty { misbehave(peer, number) }
        let recipients = look(at: peer, number) { $0.gossipRecipients }.filter { id in
            guard let other = indices[id] else { return false }
            return peers[peer].instanceNumber(for: other) == number
        }
        if peers[peer].instances[number].rumour > 0 || look(at: peer, number, { $0.hasDecidable }) {
            let newcomers = peers[peer].instances[number].newcomers.filter(recipients.contains)
            let view = GossipView(peer: peers[peer].id, recipients: recipients, newcomers: newcomers)
            for recipient in policy.recipients(from: view, using: &generator) {
                request(from: peer, number, to: recipient)
                peers[peer].instances[number].newcomers.removeAll { $0 == recipient }
            }
            peers[peer].instances[number].rumour = max(0, peers[peer].instances[number].rumour - 1)
            arouse(peer, number, after: .gossip, learned: false)
        } else {
            let heartbeat = scenario.gossip.heartbeat
            if now - peers[peer].instances[number].lastInitiative >= heartbeat,
                let receiver = recipients.randomElement(using: &generator).flatMap({ indices[$0] })
            {
                peers[peer].instances[number].lastInitiative = now
                let standing = look(at: peer, number) { $0.standing }
                send(.heartbeat(standing, isReply: false), from: peer, number, to: receiver)
            }
            let pause = Int.random(in: heartbeat - heartbeat / 4...heartbeat + heartbeat / 4, using: &generator)
            wake(peer, number, at: now + max(1, pause) * slowness(of: peer))
        }
    }

    /// Begins an exchange.
    ///
    /// - Parameter isProvoked: whether a liar's heartbeat is the reason; the network need not be quiet for it.
    private mutating func request(from peer: Int, _ number: Int, to id: PeerID, isProvoked: Bool = false) {
        guard let receiver = indices[id] else { return }
        do {
            if scenario.gossip.connections && peers[peer].instances[number].answering.remove(id) == nil {
                _ = try call(peer, number, .connect(to: id))
            }
            guard case .request(let message) = try call(peer, number, .gossip(to: id)) else { return }
            if message.kind == .request { counts.requests += 1 }
            peers[peer].instances[number].lastInitiative = now
            if peers[peer].isHonest && !isProvoked {
                lastGossip = now
                lastGossiper[peer] = now
            }
            send(.gossip(message), from: peer, number, to: receiver)
        } catch {
            violate(.wrongAnswer(peer: peers[peer].id, reason: "gossip to \(id): \(error)"))
        }
    }

    // MARK: - On the way

    mutating func send(_ content: Parcel.Content, from sender: Int, _ number: Int, to receiver: Int) {
        // An own event is stored before a message that carries it leaves.
        peers[sender].instances[number].storedSteps = peers[sender].instances[number].steps.count
        if case .gossip(let message) = content { remember(message, from: sender, to: receiver) }
        var content = content
        if case .gossip(let message) = content, let wire = options.wire {
            let bytes = wire.encode(message, from: peers[sender].instances[number].engine)
            content = .encoded(bytes, message.kind, events: message.eventCount)
        }
        let parcel = Parcel(sender: sender, senderInstance: number, receiver: receiver, content: content)
        countSent(parcel)
        guard !isWithheld(from: sender, to: receiver), let quality = quality(from: sender, to: receiver),
            !generator.happens(quality.loss)
        else {
            counts.lostMessages += 1
            noteTraffic(.lost(from: peers[sender].id, to: peers[receiver].id, parcel.traffic))
            return
        }
        noteTraffic(.sent(from: peers[sender].id, to: peers[receiver].id, parcel.traffic))
        dispatch(parcel, quality)
        if generator.happens(quality.duplication) {
            counts.duplicatedMessages += 1
            dispatch(parcel, quality)
        }
        let limit = scenario.limits.messagesUnderWay
        if counts.messagesUnderWay > limit {
            violate(.tooMany(bound: "messages under way", count: counts.messagesUnderWay, limit: limit, peer: nil))
        }
    }

    private mutating func dispatch(_ parcel: Parcel, _ quality: LinkQuality) {
        let factor = max(slowness(of: parcel.sender), slowness(of: parcel.receiver))
        var due = now + quality.delay.draw(using: &generator) * factor
        if !generator.happens(quality.reordering) {
            let link = parcel.sender << 32 | parcel.receiver
            due = max(due, lastDue[link] ?? 0)
            lastDue[link] = due
        }
        counts.messagesUnderWay += 1
        counts.mostMessagesUnderWay = max(counts.mostMessagesUnderWay, counts.messagesUnderWay)
        queue.schedule(.arrival(parcel), at: due)
    }

    private mutating func countSent(_ parcel: Parcel) {
        let events: Int
        switch parcel.traffic {
        case .heartbeat:
            counts.heartbeats += 1
            return
        case .progress, .greeting: return
        case .request(let count), .response(let count): events = count
        case .part(let count):
            events = count
            counts.parts += 1
        }
        counts.sentEvents += events
        counts.mostEventsPerMessage = max(counts.mostEventsPerMessage, events)
        let limit = scenario.limits.eventsPerMessage
        if events > limit {
            let sender = peers[parcel.sender].id
            violate(.tooMany(bound: "events per message", count: events, limit: limit, peer: sender))
        }
    }

    private mutating func noteTraffic(_ happening: Happening) {
        if options.keepsTraffic { note(happening) }
    }

    // MARK: - Arriving

    mutating func arrive(_ parcel: Parcel) {
        counts.messagesUnderWay -= 1
        let receiver = parcel.receiver
        guard peers[receiver].life == .running else {
            counts.lostMessages += 1
            return
        }
        let number = peers[receiver].instanceNumber(for: parcel.sender)
        switch parcel.content {
        case .heartbeat(let standing, let isReply): compare(standing, isReply: isReply, receiver, number, parcel.sender)
        case .greeting: beginAnew(receiver, number, parcel.sender)
        case .gossip(let message): receive(message, unplaced: 0, parcel, number)
        case .encoded(let bytes, _, _):
            do {
                guard let decoded = try options.wire?.decode(bytes, for: peers[receiver].instances[number].engine)
                else {
                    return
                }
                receive(decoded.message, unplaced: decoded.unplaced, parcel, number)
            } catch { refuse(parcel, "\(error)", isExpected: false) }
        }
    }

    private mutating func receive(_ message: GossipMessage, unplaced: Int, _ parcel: Parcel, _ number: Int) {
        let (sender, receiver) = (parcel.sender, parcel.receiver)
        var isWhole = unplaced == 0
        defer { if !isWhole && scenario.gossip.connections { send(.greeting, from: receiver, number, to: sender) } }
        do {
            let answer = try call(receiver, number, .receive(message, from: peers[sender].id))
            guard case .receipt(let receipt) = answer else { return }
            if receipt.lacksEvents { isWhole = false }
            if message.kind != .request { peers[receiver].instances[number].answering.insert(peers[sender].id) }
            check(receipt, parcel)
            if let response = receipt.response {
                if response.kind == .response { counts.responses += 1 }
                send(.gossip(response), from: receiver, number, to: sender)
            }
        } catch {
            switch error {
            case .unknownPeer, .peerNotPermitted, .notPermitted, .duplicateMessage:
                refuse(parcel, "\(error)", isExpected: true)
            // What is left of a message of which something could not be placed need not be one.
            default: refuse(parcel, "\(error)", isExpected: scenario.gossip.connections && !isWhole)
            }
        }
    }

    private mutating func refuse(_ parcel: Parcel, _ reason: String, isExpected: Bool) {
        let (sender, receiver) = (parcel.sender, parcel.receiver)
        peers[receiver].refusedMessages += 1
        noteTraffic(.refused(peers[receiver].id, reason: reason))
        guard peers[receiver].isHonest && peers[sender].isHonest && !isExpected else { return }
        violate(.refused(peer: peers[receiver].id, sender: peers[sender].id, reason: reason))
    }

    /// What an honest peer has taken, every honest peer takes; over connections as far as nothing on the way to it was lost.
    private mutating func check(_ receipt: Receipt, _ parcel: Parcel) {
        guard peers[parcel.receiver].isHonest && peers[parcel.sender].isHonest,
            let refusal = receipt.refused.first, !(scenario.gossip.connections && receipt.lacksEvents)
        else { return }
        violate(
            .refused(
                peer: peers[parcel.receiver].id,
                sender: peers[parcel.sender].id,
                reason: "event \(refusal.position + 1): \(refusal.reason)"
            )
        )
    }

    /// Leaves nothing out of the next message to a peer that lacks something, and goes on to gossip.
    private mutating func beginAnew(_ peer: Int, _ number: Int, _ sender: Int) {
        let id = peers[sender].id
        _ = try? call(peer, number, .connect(to: id))
        // A forker lacks for good what another of its engines has been told: on its account a network need not gossip.
        guard peers[sender].isHonest, peers[peer].instances[number].engine.voters.contains(id) else { return }
        // One more request: where messages overtake one another, several would bring on the next greeting.
        peers[peer].instances[number].rumour = max(1, peers[peer].instances[number].rumour)
        arouse(peer, number, after: .news, learned: false)
    }

    /// Begins an exchange if another peer's standing differs.
    private mutating func compare(
        _ theirs: Standing,
        isReply: Bool,
        _ peer: Int,
        _ number: Int,
        _ sender: Int
    ) {
        let ours = look(at: peer, number) { $0.standing }
        guard ours != theirs else { return }
        if look(at: peer, number, { $0.gossipRecipients }).contains(peers[sender].id) {
            request(from: peer, number, to: peers[sender].id, isProvoked: !peers[sender].isHonest)
        } else if !isReply {
            send(.heartbeat(ours, isReply: true), from: peer, number, to: sender)
        }
    }
}

extension Parcel {
    var traffic: Traffic {
        switch content {
        case .heartbeat: .heartbeat
        case .greeting: .greeting
        case .gossip(let message): Traffic(message.kind, events: message.eventCount)
        case .encoded(_, let kind, let events): Traffic(kind, events: events)
        }
    }
}
