import Consensus
import GossipGraph
import Membership
import ParsecCore
import Voting

/// Whether everything is decided that should be, in time, and whether the network is quiet then.
extension Simulation {
    mutating func checkProgress() {
        sampleGrowth()
        switch phase {
        case .running:
            if isSettled {
                settle()
            } else if now > deadline {
                if scenario.expectations.settles {
                    violate(.notSettled(time: now, pending: pending(all: true)))
                } else {
                    finish()
                }
            }
        case .settled:
            let heartbeats = 3 * scenario.gossip.heartbeat
            if now - max(lastGossip, settleTime ?? 0) >= heartbeats && !hasBusyMember {
                note(.quiet)
                finish()
            } else if now > (settleTime ?? 0) + quietWithin {
                let window = now - heartbeats
                let busy = lastGossiper.filter { $0.value >= window }.keys.sorted().map { peers[$0].id }
                violate(.notQuiet(time: now, peers: busy))
            }
        case .over: break
        }
    }

    private mutating func sampleGrowth() {
        guard now >= lastGrowthSample + 10 * scenario.gossip.interval || counts.growth.isEmpty else { return }
        lastGrowthSample = now
        let largest = peers.map { $0.engine.agreement.graph.count }.max() ?? 0
        counts.growth.append(GrowthSample(time: now, largest: largest, blocks: checker.blocks.count))
    }

    private mutating func settle() {
        phase = .settled
        settleTime = now
        note(.settled)
        if !scenario.expectations.settles {
            violate(.unexpected("everything was decided, though the scenario expects that it cannot be"))
        }
        checkExpectations()
    }

    private mutating func checkExpectations() {
        let expectations = scenario.expectations
        if let blocks = expectations.blocks, blocks != checker.blocks.count {
            violate(.unexpected("there are \(checker.blocks.count) blocks, the scenario expects \(blocks)"))
        }
        if let members = expectations.members?.sorted(), members != checker.voters {
            violate(.unexpected("the members are \(checker.voters), the scenario expects \(members)"))
        }
    }

    mutating func finish() {
        let pending = phase == .running ? pending(all: true) : []
        if !pending.isEmpty && scenario.expectations.settles && violation == nil {
            violate(.notSettled(time: now, pending: pending))
        }
        if phase == .running { checkExpectations() }
        phase = .over
    }

    // MARK: - Bounds

    /// By when everything has to be decided.
    var deadline: Int { max(end, lastBeginning) + settleWithin }

    /// What one exchange takes, at the longest that is at all likely once all faults that end are over.
    private var exchange: Int {
        var longest = scenario.gossip.interval + 2 * scenario.link.delay.longest
        var loss = scenario.link.loss
        var factor = 1
        for case .fault(let fault) in scenario.steps where fault.to == nil {
            switch fault.kind {
            case .link(_, let quality):
                longest = max(longest, scenario.gossip.interval + 2 * quality.delay.longest)
                loss = max(loss, quality.loss)
            case .slow(_, let times): factor = max(factor, times)
            case .partition, .cut, .crash, .restore, .fork, .misbehave: break
            }
        }
        return Int(Double(factor * longest) / max(0.01, (1 - loss) * (1 - loss)))
    }

    /// Within how long everything pending is decided after the last step and fault.
    public var settleWithin: Int {
        if let bound = scenario.limits.settleWithin { return bound }
        let peers = scenario.peers.count
        let doublings = Int.bitWidth - peers.leadingZeroBitCount
        return 60 * (2 + doublings) * exchange + 20 * scenario.gossip.heartbeat
    }

    private var quietWithin: Int { scenario.limits.quietWithin ?? settleWithin }

    // MARK: - What is pending

    private var isSettled: Bool {
        remainingSteps == 0 && remainingPayloads == 0 && now >= end && pending(all: false).isEmpty
    }

    private var hasBusyMember: Bool {
        activePeers.contains { peer in
            let instance = peers[peer].instances[0]
            return instance.rumour > 0 || instance.engine.hasDecidable
        }
    }

    /// What has still to happen, in words.
    ///
    /// - Parameter all: whether everything is to be found, or the first thing only.
    private func pending(all: Bool) -> [String] {
        var result: [String] = []
        if remainingSteps > 0 { result.append("\(remainingSteps) steps have not begun") }
        if !waitingChanges.isEmpty {
            let waiting = waitingChanges.map { scenario.steps[$0].summary }
            result.append("waiting for a change before: " + waiting.joined(separator: ", "))
        }
        let voters = Set(checker.voters)
        for id in voters.sorted() where all || result.isEmpty {
            guard let peer = indices[id], peers[peer].isHonest, !peers[peer].hasFailed else { continue }
            if let text = pending(ofMember: peer) { result.append(text) }
        }
        for id in checker.removals.keys.sorted() where all || result.isEmpty {
            guard let peer = indices[id], peers[peer].isHonest, !peers[peer].hasFailed else { continue }
            // A newcomer that was removed before it heard of its admission is told of neither.
            if peers[peer].isMember && !peers[peer].engine.agreement.isOver {
                result.append("\(id) does not know that it was removed")
            }
        }
        for plan in plans where plan.block == nil && (all || result.isEmpty) {
            if isPending(plan, voters) { result.append("\(plan.observation.summary) is not decided") }
        }
        return result
    }

    private func pending(ofMember peer: Int) -> String? {
        let id = peers[peer].id
        if peers[peer].life == .down { return "\(id) is down" }
        if !peers[peer].engine.state.contains(.vote) { return "\(id) was admitted, but does not know it" }
        if peers[peer].blocks.count < checker.blocks.count {
            return "\(id) has \(peers[peer].blocks.count) of \(checker.blocks.count) blocks"
        }
        if peers[peer].engine.hasDecidable { return "\(id) has payloads that wait for their decision" }
        return nil
    }

    /// Whether a plan has, or is going to have, the votes of enough honest members.
    private func isPending(_ plan: Plan, _ voters: Set<PeerID>) -> Bool {
        func counts(_ peer: Int) -> Bool {
            peers[peer].isHonest && !peers[peer].hasFailed && voters.contains(peers[peer].id)
        }
        if plan.asked.contains(where: { counts($0) && !plan.settled.contains($0) }) { return true }
        let votes = plan.votes.keys.count(where: counts)
        if plan.isOpen && votes > 0 { return true }
        return plan.voter == nil ? Quorum(of: voters.count).isSupermajority(votes) : votes > 0
    }
}

extension Step {
    /// The step in a few words.
    public var summary: String {
        switch self {
        case .votes(let votes): "\(votes.count) payloads"
        case .join(let join): "\(join.peer) joins"
        case .leave(let leave): "\(leave.peer) leaves"
        case .evict(let eviction): "\(eviction.peer) is voted out"
        case .fault(let fault): fault.summary
        }
    }
}

extension Fault {
    /// The fault in a few words.
    public var summary: String {
        func list(_ peers: [PeerID]) -> String { peers.map(\.description).joined(separator: ", ") }
        switch kind {
        case .partition(let groups): return "partition of " + groups.map { "(\(list($0)))" }.joined(separator: " and ")
        case .cut(let senders, let receivers): return "cut from \(list(senders)) to \(list(receivers))"
        case .link(let peers, _): return "other links between \(peers.isEmpty ? "all" : list(peers))"
        case .slow(let peers, let factor): return "\(list(peers)) slower by \(factor)"
        case .crash(let peers): return "\(list(peers)) down"
        case .restore(let peers, let age): return "\(list(peers)) back to \(age) ms before"
        case .fork(let peer): return "\(peer) forks"
        case .misbehave(let peer, let way): return "\(peer) misbehaves: \(way.rawValue)"
        }
    }
}
