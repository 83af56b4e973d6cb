import Consensus
import Membership
import ParsecCore
import Voting

/// The steps of the scenario, and the votes that they ask for.
extension Simulation {
    mutating func begin(_ step: Int) {
        remainingSteps -= 1
        switch scenario.steps[step] {
        case .votes(let votes):
            // Payloads of the same time are proposed together, so that voters vote for them with one event.
            let batches = votes.every == 0 ? 1 : votes.count
            remainingPayloads += batches
            for number in 0..<batches {
                queue.schedule(.payload(step: step, number: number), at: now + number * votes.every)
            }
        case .join(let join):
            var joiningPeers = checker.voters
            if let via = join.via, let sponsor = indices[via] { joiningPeers = peers[sponsor].engine.voters }
            if joiningPeers.isEmpty { joiningPeers = scenario.genesis }
            addPeer(join.peer, contacts: joiningPeers)
            if scenario.lies(join.peer), let index = indices[join.peer] { peers[index].isHonest = false }
            sponsors[join.peer] = join.via
            waitingChanges.append(step)
        case .leave, .evict: waitingChanges.append(step)
        case .fault(let fault): beginFault(fault, step: step)
        }
        beginChanges()
    }

    /// Begins the changes of members that wait, as many as may be under way, in their order.
    mutating func beginChanges() {
        var waiting = waitingChanges
        waitingChanges = []
        while !waiting.isEmpty {
            let step = waiting.removeFirst()
            guard pendingChanges.count < scenario.changesAtOnce, beginChange(step) else {
                waitingChanges.append(step)
                continue
            }
        }
    }

    /// Begins a change of members; returns false if it has to wait for one before it.
    private mutating func beginChange(_ step: Int) -> Bool {
        switch scenario.steps[step] {
        case .join(let join):
            pendingChanges[join.peer] = step
            propose(.add(join.peer, info: []), step, by: join.by, spread: join.spread, evicted: nil)
        case .leave(let leave):
            if checker.removals[leave.peer] != nil { return true }
            guard canLeave(leave.peer) else { return false }
            pendingChanges[leave.peer] = step
            propose(.remove(leave.peer, info: []), step, by: .all, spread: leave.spread, evicted: nil)
        case .evict(let eviction):
            if checker.removals[eviction.peer] != nil { return true }
            guard canLeave(eviction.peer) else { return false }
            pendingChanges[eviction.peer] = step
            propose(
                .remove(eviction.peer, info: []),
                step,
                by: eviction.by,
                spread: eviction.spread,
                evicted: eviction.peer
            )
        case .votes, .fault: break
        }
        lastBeginning = max(lastBeginning, now + (scenario.steps[step].end ?? now) - scenario.steps[step].at)
        return true
    }

    /// Whether a peer can leave now: it is a member, and not the last one.
    private func canLeave(_ peer: PeerID) -> Bool {
        let leaving = pendingChanges.keys.count(where: checker.voters.contains)
        return checker.voters.contains(peer) && pendingChanges[peer] == nil && checker.voters.count - leaving > 1
    }

    // MARK: - Plans

    /// Proposes the payloads of a step that are due.
    mutating func propose(_ step: Int, _ number: Int) {
        guard case .votes(let votes) = scenario.steps[step] else { return }
        remainingPayloads -= 1
        let numbers = votes.every == 0 ? 0..<votes.count : number..<number + 1
        let choice = votes.by ?? (scenario.mode == .single ? .count(1) : .all)
        var begun: [Int] = []
        for number in numbers {
            if votes.isSame && scenario.mode == .supermajority {
                let payload = payload(of: votes, step, number, nil)
                begun.append(addPlan(payload, step, isOpen: choice == .all, evicted: nil, voter: nil))
                continue
            }
            for voter in voters(choice) {
                let payload = payload(of: votes, step, number, votes.isSame ? nil : voter)
                let id = scenario.mode == .single ? peers[voter].id : nil
                let plan = addPlan(payload, step, isOpen: false, evicted: nil, voter: id)
                ask([voter], for: [plan], spread: votes.spread)
            }
        }
        if !begun.isEmpty { ask(voters(choice), for: begun, spread: votes.spread) }
    }

    private func payload(of votes: Votes, _ step: Int, _ number: Int, _ voter: Int?) -> Observation {
        // Letters and digits only: dumps show such payloads as they are.
        var text = "s\(step)n\(number)"
        if let voter { text += "v\(voter)" }
        text += String(repeating: "x", count: max(0, votes.bytes - text.utf8.count))
        return .opaque(Array(text.utf8))
    }

    private mutating func propose(
        _ observation: Observation,
        _ step: Int,
        by choice: VoterChoice,
        spread: Int,
        evicted: PeerID?
    ) {
        let plan = addPlan(observation, step, isOpen: choice == .all, evicted: evicted, voter: nil)
        ask(voters(choice).filter { peers[$0].id != evicted }, for: [plan], spread: spread)
    }

    private mutating func addPlan(
        _ observation: Observation,
        _ step: Int,
        isOpen: Bool,
        evicted: PeerID?,
        voter: PeerID?
    ) -> Int {
        planIndices[BlockChecker.Payload(observation: observation, voter: voter)] = plans.count
        if isOpen { openPlans.insert(plans.count) }
        plans.append(
            Plan(observation: observation, step: step, begin: now, isOpen: isOpen, evicted: evicted, voter: voter)
        )
        return plans.count - 1
    }

    /// Chooses voters among the members, in the order in which they came into being.
    private mutating func voters(_ choice: VoterChoice) -> [Int] {
        let members = checker.voters.compactMap { indices[$0] }.sorted()
        switch choice {
        case .all: return members
        case .count(let count): return Array(members.shuffled(using: &generator).prefix(count)).sorted()
        case .share(let range):
            let least = Int((range.lowerBound * Double(members.count)).rounded(.up))
            let most = max(least, Int((range.upperBound * Double(members.count)).rounded(.down)))
            let count = Int.random(in: least...most, using: &generator)
            return Array(members.shuffled(using: &generator).prefix(count)).sorted()
        case .peers(let ids): return ids.compactMap { indices[$0] }
        }
    }

    /// Asks peers to vote for plans, each within the spread.
    private mutating func ask(_ voters: [Int], for plans: [Int], spread: Int) {
        for voter in voters {
            for plan in plans { self.plans[plan].asked.insert(voter) }
            let order = plans.shuffled(using: &generator)
            if spread == 0 {
                queue.schedule(.vote(peer: voter, plans: order), at: now)
                continue
            }
            for plan in order {
                let time = now + Int.random(in: 0...spread, using: &generator)
                queue.schedule(.vote(peer: voter, plans: [plan]), at: time)
            }
        }
    }

    /// Asks a new member to vote for what the others voted for before.
    mutating func askNewMember(_ peer: Int) {
        let plans = openPlans.sorted().filter {
            self.plans[$0].block == nil && !self.plans[$0].asked.contains(peer)
                && self.plans[$0].evicted != peers[peer].id
        }
        if !plans.isEmpty { ask([peer], for: plans, spread: 0) }
    }

    // MARK: - Voting

    mutating func vote(_ peer: Int, _ plans: [Int]) {
        guard peers[peer].life == .running, look(at: peer, 0, { $0.state.contains(.vote) }) else {
            // It votes as soon as it can, unless it never will.
            if !look(at: peer, 0, { $0.agreement.isOver }) { peers[peer].owedVotes += plans }
            return
        }
        for number in peers[peer].instances.indices {
            for start in stride(from: 0, to: plans.count, by: Simulation.mostVotesPerEvent) {
                let batch = Array(plans[start..<min(start + Simulation.mostVotesPerEvent, plans.count)])
                let todo = batch.filter { self.plans[$0].block == nil || !hasBlock(peer, self.plans[$0]) }
                for plan in batch { self.plans[plan].settled.insert(peer) }
                cast(todo, by: peer, number)
            }
        }
    }

    /// The most payloads that a simulated peer votes for with one event.
    private static let mostVotesPerEvent = 256

    private func hasBlock(_ peer: Int, _ plan: Plan) -> Bool {
        plan.block.map { $0 < peers[peer].blocks.count } ?? false
    }

    mutating func castOwedVotes(_ peer: Int) {
        guard !peers[peer].owedVotes.isEmpty, look(at: peer, 0, { $0.state.contains(.vote) }) else { return }
        let plans = peers[peer].owedVotes
        peers[peer].owedVotes = []
        queue.schedule(.vote(peer: peer, plans: plans), at: now)
    }

    private mutating func cast(_ todo: [Int], by peer: Int, _ number: Int) {
        guard !todo.isEmpty else { return }
        do {
            _ = try call(peer, number, .vote(todo.map { plans[$0].observation }))
        } catch {
            guard todo.count == 1 else {
                // One of them is settled otherwise: find out which.
                for plan in todo { cast([plan], by: peer, number) }
                return
            }
            check(error, ofVoteBy: peer, number, todo[0])
            return
        }
        // The engine's answer to a submission is a promise, so the vote is stored first.
        peers[peer].instances[number].storedSteps = peers[peer].instances[number].steps.count
        note(.voted(peers[peer].id, todo.map { plans[$0].observation }))
        for plan in todo {
            if plans[plan].votes[peer] == nil { plans[plan].votes[peer] = now }
            voteTwice(plan, peer, number)
        }
    }

    /// A vote may be void because of what was decided meanwhile, but it is never refused otherwise.
    private mutating func check(_ error: EngineError, ofVoteBy peer: Int, _ number: Int, _ plan: Int) {
        switch error {
        case .alreadyDecided: break
        case .noEffect:
            // The peer does not know yet that somebody joined: it votes once it does.
            guard number == 0, plans[plan].block == nil else { break }
            plans[plan].settled.remove(peer)
            peers[peer].owedVotes.append(plan)
        case .notPermitted where look(at: peer, number, { $0.agreement.isOver }): break
        case .duplicateVote where !peers[peer].isHonest: break
        default:
            let reason = "vote for \(plans[plan].observation.summary): \(error)"
            violate(.wrongAnswer(peer: peers[peer].id, reason: reason))
        }
    }

    /// Some voters vote twice, which changes nothing.
    private mutating func voteTwice(_ plan: Int, _ peer: Int, _ number: Int) {
        guard case .votes(let votes) = scenario.steps[plans[plan].step], generator.happens(votes.duplicates) else {
            return
        }
        do {
            _ = try call(peer, number, .vote([plans[plan].observation]))
            violate(
                .wrongAnswer(peer: peers[peer].id, reason: "took a second vote for \(plans[plan].observation.summary)")
            )
        } catch {
            switch error {
            case .duplicateVote, .alreadyDecided: break
            default: violate(.wrongAnswer(peer: peers[peer].id, reason: "second vote: \(error)"))
            }
        }
    }
}
