import Consensus
import Membership
import ParsecCore

/// What goes wrong, and what of it is repaired.
extension Simulation {
    mutating func beginFault(_ fault: Fault, step: Int) {
        note(.faultBegan(fault))
        switch fault.kind {
        case .partition, .cut, .link, .slow: activeFaults.append(step)
        case .crash(let ids):
            for id in ids { crash(id, age: nil, isFinal: fault.to == nil) }
        case .restore(let ids, let age):
            for id in ids { crash(id, age: age, isFinal: false) }
        case .fork(let id): fork(id, step: step)
        case .misbehave(let id, let way): beginMisbehaviour(id, way)
        }
        if let to = fault.to { queue.schedule(.faultEnds(step), at: to) }
    }

    mutating func endFault(_ step: Int) {
        guard case .fault(let fault) = scenario.steps[step] else { return }
        note(.faultEnded(fault))
        switch fault.kind {
        case .partition, .cut, .link, .slow: activeFaults.removeAll { $0 == step }
        case .crash(let ids), .restore(let ids, _):
            for id in ids { restart(id) }
        case .fork, .misbehave: break
        }
    }

    // MARK: - Links

    /// What a message from one peer to another goes through; nil if nothing gets through.
    func quality(from sender: Int, to receiver: Int) -> LinkQuality? {
        var quality = scenario.link
        guard !activeFaults.isEmpty else { return quality }
        let (from, to) = (peers[sender].id, peers[receiver].id)
        for step in activeFaults {
            guard case .fault(let fault) = scenario.steps[step] else { continue }
            switch fault.kind {
            case .partition(let groups):
                let group = groups.firstIndex { $0.contains(from) }
                if group != groups.firstIndex(where: { $0.contains(to) }) { return nil }
            case .cut(let senders, let receivers):
                if senders.contains(from) && receivers.contains(to) { return nil }
            case .link(let ids, let other):
                if ids.isEmpty || ids.contains(from) && ids.contains(to) { quality = other }
            case .slow, .crash, .restore, .fork, .misbehave: break
            }
        }
        return quality
    }

    /// How many times as long everything takes a peer.
    func slowness(of peer: Int) -> Int {
        var result = 1
        for step in activeFaults {
            guard case .fault(let fault) = scenario.steps[step], case .slow(let ids, let factor) = fault.kind,
                ids.contains(peers[peer].id)
            else { continue }
            result = max(result, factor)
        }
        return result
    }

    // MARK: - Crashes

    /// A peer stops; what its store does not hold is lost.
    ///
    /// - Parameter age: how much older than the crash the store is that it will restart with; nil for the newest.
    private mutating func crash(_ id: PeerID, age: Int?, isFinal: Bool) {
        guard let peer = indices[id] else { return }
        if isFinal { peers[peer].hasFailed = true }
        guard peers[peer].life == .running else { return }
        peers[peer].life = .down
        note(.crashed(id))
        for number in peers[peer].instances.indices {
            peers[peer].instances[number].wakeTime = .max
            peers[peer].instances[number].wakeNumber += 1
            guard !isFinal, number == 0 else { continue }
            let instance = peers[peer].instances[number]
            let kept: Int
            if let age {
                kept = instance.times.firstIndex { $0 > now - age } ?? instance.times.count
            } else {
                // What was not synced yet may be there all the same.
                kept = Int.random(in: instance.storedSteps...instance.steps.count, using: &generator)
            }
            peers[peer].instances[number].steps.removeSubrange(kept...)
            peers[peer].instances[number].times.removeSubrange(kept...)
            peers[peer].instances[number].storedSteps = kept
        }
    }

    /// A peer starts again, from what its store holds.
    private mutating func restart(_ id: PeerID) {
        guard let peer = indices[id], peers[peer].life == .down, !peers[peer].hasFailed else { return }
        // A liar comes back with one engine.
        peers[peer].instances.removeSubrange(1...)
        let steps = peers[peer].instances[0].steps
        guard var engine = makeEngine(id, contacts: contacts[peer]) else { return }
        let inspector = engine.inspector
        engine.inspector = nil
        // What a store holds is the history; an engine made of it is the same.
        do {
            try engine.go(through: steps)
            let history = engine.history
            try engine.go(through: [.restart])
            if engine.history != history {
                violate(.wrongAnswer(peer: id, reason: "the engine restored from its history has another"))
            }
        } catch {
            violate(.wrongAnswer(peer: id, reason: "no engine could be restored from its history: \(error)"))
        }
        engine.inspector = inspector
        recording?.note(.restart(keptSteps: steps.count), id, 0, time: now, engine)
        peers[peer].instances[0].engine = engine
        peers[peer].instances[0].steps.append(.restart)
        peers[peer].instances[0].times.append(now)
        peers[peer].instances[0].storedSteps += 1
        peers[peer].instances[0].newcomers = []
        peers[peer].instances[0].answering = []
        peers[peer].life = .running
        peers[peer].engineBlocks = 0
        note(.restarted(id))
        takeBlocks(of: peer, 0)
        arouse(peer, 0, after: .news, learned: true)
        castOwedVotes(peer)
    }

    // MARK: - Liars

    /// Gives a peer a second engine with the same key: from now on each part of the network sees another branch.
    mutating func fork(_ id: PeerID, step: Int) {
        guard let peer = indices[id], peers[peer].life == .running, peers[peer].instances.count == 1,
            peers[peer].engine.state.contains(.vote)
        else {
            // A peer that has not been admitted yet has nothing to fork.
            if checker.removals[id] == nil { waitingForks.append((id, step)) }
            return
        }
        peers[peer].instances.append(peers[peer].instances[0])
        peers[peer].instances[1].wakeTime = .max
        peers[peer].instances[1].engine.inspector = nil
        recording?.note(.fork, id, 1, time: now, peers[peer].engine)
        note(.forked(id))
        arouse(peer, 1, after: .news, learned: true)
    }
}
