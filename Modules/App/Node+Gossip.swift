import Consensus
import GossipGraph
import CoreMetrics
import Logging
import Membership
import ParsecCore
import Serialization
import Transport
import Voting

/// When this node gossips, with whom, and what it makes of what comes.
extension Node {
    // MARK: - When

    /// Goes on to gossip, since this node knows something that others may not.
    func spread() {
        // As many exchanges as it takes a rumour to reach everybody.
        rumour = 2 + (Int.bitWidth - engine.voters.count.leadingZeroBitCount)
        gossipSignal.give()
    }

    /// Begins exchanges while there is something to agree on, and rests otherwise.
    func gossip() async {
        for await _ in gossipSignal.stream {
            while !Task.isCancelled, !engine.isHeldBack {
                flush()
                guard rumour > 0 || engine.hasDecidable, engine.state.contains(.send) else {
                    // What was waiting for the next exchange.
                    outputSignal.give()
                    break
                }
                let interval = settings.exchangeInterval
                let due = clock.now + (beginExchange() ? interval + min(lateness * 2, interval * 4) : interval * 4)
                guard (try? await Task.sleep(until: due, clock: clock)) != nil else { return }
                // Whoever wakes up late has a machine that cannot keep up: fewer exchanges leave it time for payloads.
                lateness = (lateness * 7 + (clock.now - due)) / 8
            }
        }
    }

    /// Begins an exchange with the one that the policy chooses.
    ///
    /// - Returns: whether there was anybody free.
    private func beginExchange() -> Bool {
        let now = clock.now
        guard exchanges.count(at: now) < settings.exchangesAtOnce else { return true }
        let free = engine.gossipRecipients.filter { hellos[$0] != nil && exchanges.isFree($0, at: now) }
        let choice = gossipPolicy.recipient(among: free.shuffled()) { engine.leastRecentlyHeard(of: $0) }
        guard let peer = choice, free.contains(peer) else { return false }
        request(peer)
        rumour = max(0, rumour - 1)
        return true
    }

    private func request(_ peer: PeerID) {
        do {
            // The last request was not answered, so that it may not have been taken.
            if exchanges.isUnanswered(peer) { try engine.beginConnection(to: peer) }
            let message = try engine.gossip(to: peer)
            exchanges.begin(peer, settings, clock.now)
            post(message, to: peer)
        } catch { logger.debug("no exchange", metadata: ["peer": "\(peer)", "reason": "\(error)"]) }
        collect()
    }

    private func post(_ message: GossipMessage, to peer: PeerID) {
        send(.gossip(codec.encode(message, from: engine)), to: peer)
    }

    /// Shows now and then how far this node is, to one of the others.
    func beat() async {
        func pause() -> Duration {
            engine.isHeldBack ? .milliseconds(100) : settings.heartbeat * Double.random(in: 0.75...1.25)
        }
        while (try? await Task.sleep(for: pause())) != nil {
            noteTime()
            if engine.isHeldBack {
                askForLostEvents()
                checkRecovery()
            } else {
                evictTheSilent()
            }
            if !engine.isHeldBack, rumour == 0,
                let peer = engine.gossipRecipients.filter({ hellos[$0] != nil }).randomElement()
            {
                send(.heartbeat(engine.standing, isReply: false), to: peer)
            }
            // What was to be stored with something else waits no longer.
            storesAllBlocks = true
            outputSignal.give()
            // Exchanges that were lost are begun again.
            gossipSignal.give()
        }
    }

    /// Counts the time that this node has been running, less what it was stopped or kept from running for: others are not
    /// to blame for that.
    private func noteTime() {
        let now = clock.now
        runningTime += min(now - lastBeat, settings.heartbeat * 2)
        lastBeat = now
    }

    /// Votes to remove members of which nothing has come for too long, if that is what the settings say.
    ///
    /// A node that is cut off itself votes for nothing: it has to be connected with more than two thirds of the voters.
    private func evictTheSilent() {
        let voters = engine.voters
        let connected = voters.count { $0 == id || hellos[$0] != nil }
        guard let limit = settings.evictAfter, Quorum(of: voters.count).isSupermajority(connected) else { return }
        for voter in voters where voter != id && runningTime - (lastHeard[voter] ?? .zero) > limit {
            guard engine.canVote(for: .remove(voter, info: [])) else { continue }
            logger.warning("votes to remove a silent member", metadata: ["peer": "\(voter)"])
            do { try remove(voter) } catch { logger.notice("no vote", metadata: ["reason": "\(error)"]) }
        }
    }

    // MARK: - Connections

    /// Says to the transport whom to stay connected with.
    func connectMembers() {
        var wanted: [PeerID: [PeerAddress]] = [:]
        let members = engine.ownEventCount == 0 ? Array(addresses.keys) : engine.voters
        for member in members where member != id { wanted[member] = addresses[member]?.addresses ?? [] }
        transport.setPeers(wanted)
    }

    func admission(of peer: PeerID) async -> Admission {
        engine.agreement.peers.index(of: peer) != nil ? .member : .guest
    }

    func connected(to peer: PeerID) {
        guard engine.agreement.peers.index(of: peer) != nil else { return }
        exchanges.answered(peer)
        sendHello(to: peer)
    }

    func disconnected(from peer: PeerID) {
        hellos[peer] = nil
        engine.endConnection(to: peer)
        exchanges.answered(peer)
    }

    private func sendHello(to peer: PeerID) {
        send(
            .hello(
                Frame.Hello(
                    network: engine.networkDigest,
                    bounds: settings.engine.messages,
                    knownEvents: engine.eventCount(of: peer)
                )
            ),
            to: peer
        )
    }

    // MARK: - Frames

    func receive(_ bytes: [UInt8], from peer: PeerID) async {
        // Whoever sends more than the store can keep up with waits.
        while outputs.frames.count > settings.waitingFrames, !isStopping {
            await withCheckedContinuation { waitingForStore.append($0) }
        }
        counters.receivedBytes.increment(by: bytes.count)
        do {
            try await take(try Frame(bytes, limits: settings.wire), from: peer)
        } catch {
            logger.notice("a frame was refused", metadata: ["peer": "\(peer)", "reason": "\(error)"])
            transport.disconnect(peer)
        }
    }

    private func take(_ frame: Frame, from peer: PeerID) async throws(WireError) {
        let isMember = engine.agreement.peers.index(of: peer) != nil
        switch frame {
        case .join(let info): await receiveCandidate(Candidate(id: peer, info: info))
        case .goodbye(let reason):
            logger.warning("turned away", metadata: ["by": "\(peer)", "reason": "\(reason)"])
        case .invitation: break
        case .hello, .gossip, .heartbeat, .recover:
            guard isMember else { return turnAway(peer, "you are no member of this network; ask to join it first") }
            try takeFromMember(frame, peer)
        }
    }

    private func takeFromMember(_ frame: Frame, _ peer: PeerID) throws(WireError) {
        if case .hello(let hello) = frame {
            guard hello.network == engine.networkDigest else {
                return turnAway(peer, "this is the network \(engine.networkDigest), not \(hello.network)")
            }
            hellos[peer] = hello
            try? engine.limitMessages(to: peer, hello.bounds)
            try? engine.beginConnection(to: peer)
            askForLostEvents()
            checkRecovery()
            // Whoever was removed makes nobody gossip any more.
            if engine.voters.contains(peer) { spread() }
            return
        }
        guard hellos[peer] != nil else { return }
        lastHeard[peer] = runningTime
        switch frame {
        case .gossip(let bytes): try takeGossip(bytes, from: peer)
        case .heartbeat(let standing, let isReply):
            guard !engine.isHeldBack, standing != engine.standing else { return }
            if engine.gossipRecipients.contains(peer) {
                if exchanges.isFree(peer, at: clock.now) { request(peer) }
            } else if !isReply {
                send(.heartbeat(engine.standing, isReply: true), to: peer)
            }
        case .recover(let tips):
            if let part = engine.part(for: peer, knowing: tips) { post(part, to: peer) }
        case .hello, .join, .invitation, .goodbye: break
        }
    }

    private func takeGossip(_ bytes: [UInt8], from peer: PeerID) throws(WireError) {
        let decoded = try codec.decode(bytes, for: engine)
        let message = decoded.message
        // Without its own past this node must not answer.
        if engine.isHeldBack && message.kind != .part { return }
        var isWhole = decoded.unplaced == 0
        // Something on which the message builds was not taken, so that the other has to begin anew.
        defer { if !isWhole { sendHello(to: peer) } }
        do {
            let receipt = try engine.receive(message, digested: decoded.arrivals, from: peer)
            if receipt.lacksEvents { isWhole = false }
            if let refusal = receipt.refused.first {
                counters.refusedEvents.increment(by: receipt.refused.count)
                logger.notice("events refused", metadata: ["peer": "\(peer)", "reason": "\(refusal.reason)"])
            }
            if message.kind != .request { exchanges.answered(peer) }
            collect()
            if engine.isHeldBack {
                if receipt.accepted > 0 { recoveries[peer] = nil }
                askForLostEvents()
                checkRecovery()
            } else if let response = receipt.response {
                post(response, to: peer)
            }
        } catch {
            logger.debug("a message was refused", metadata: ["peer": "\(peer)", "reason": "\(error)"])
        }
        if !engine.isHeldBack { gossipSignal.give() }
    }

    func turnAway(_ peer: PeerID, _ reason: String) {
        send(.goodbye(reason), to: peer, isLast: true)
        hellos[peer] = nil
    }

    // MARK: - Recovery

    /// Those that say that they know more events of ours than we do, and whom we have not asked in vain.
    private var claimants: [PeerID] {
        let own = engine.eventCount(of: id)
        return hellos.keys.filter { peer in
            (hellos[peer]?.knownEvents ?? 0) > own && (recoveries[peer]?.attempts ?? 0) <= Node.mostRecoveryAttempts
        }
        .sorted()
    }

    /// How often one peer is asked for events of ours without sending any.
    private static let mostRecoveryAttempts = 10

    private func askForLostEvents() {
        guard engine.isHeldBack else { return }
        let now = clock.now
        for peer in claimants where now >= recoveries[peer]?.next ?? now {
            recoveries[peer] = Recovery(attempts: (recoveries[peer]?.attempts ?? 0) + 1, next: now + .seconds(1))
            send(.recover(tips: engine.tips), to: peer)
        }
    }

    /// Ends the recovery once more than two thirds of the voters, with this node, know no events of ours that we lack.
    ///
    /// The newest may be known to a single peer, if this node was stopped right after it told that one; so the others have
    /// some time to be heard, too.
    func checkRecovery() {
        guard engine.isHeldBack, claimants.isEmpty else { return }
        let voters = engine.voters
        let own = engine.eventCount(of: id)
        let agreeing = voters.count { $0 == id || (hellos[$0].map { $0.knownEvents <= own } ?? false) }
        guard Quorum(of: voters.count).isSupermajority(agreeing) else { return }
        let start = quorumTime ?? clock.now
        quorumTime = start
        let areAllHeard = voters.allSatisfy { $0 == id || hellos[$0] != nil }
        guard areAllHeard || clock.now - start >= settings.recoveryGrace else { return }
        engine.adoptOwnEvents()
        do { try engine.resume() } catch {
            return logger.error("cannot go on", metadata: ["reason": "\(error)"])
        }
        resumeVotes()
        logger.info("takes part", metadata: ["events": "\(engine.agreement.graph.count)"])
        collect()
        spread()
    }
}

/// Passes on to a node what its transport says.
struct NodeDelegate: TransportDelegate {
    let node: Node

    func admission(of peer: PeerID) async -> Admission { await node.admission(of: peer) }
    func connected(to peer: PeerID) async { await node.connected(to: peer) }
    func disconnected(from peer: PeerID) async { await node.disconnected(from: peer) }
    func receive(_ frame: [UInt8], from peer: PeerID) async { await node.receive(frame, from: peer) }
}
