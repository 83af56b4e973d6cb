import ParsecCore
import Voting

extension GossipSimulation {
    /// Plans who joins and who is removed, and when.
    mutating func planChanges() {
        let joiners = (0..<recipe.joins).map { GossipSimulation.name(recipe.peers + $0) }
        let candidates = recipe.isSequential ? graph.genesis + joiners : graph.genesis
        let removed = candidates.shuffled(using: &random).prefix(recipe.boundedRemovals)
        var all = joiners.map { Change.join($0) } + removed.map { Change.removal($0) }
        if !recipe.isSequential { all.shuffle(using: &random) }
        let lastStart = max(1, recipe.steps * 2 / 3)
        for change in all {
            changes.append((recipe.isSequential ? 0 : Int.random(in: 0..<lastStart, using: &random), change))
        }
    }

    /// Begins the membership changes that are due: everybody present plans a vote.
    mutating func beginChanges() {
        endCutOffs()
        if recipe.isSequential {
            closeRemoval()
            guard waiting.isEmpty, openRemoval == nil, let (_, change) = changes.first else { return }
            changes.removeFirst()
            begin(change)
        } else {
            let due = changes.filter { $0.step <= step }
            changes.removeAll { $0.step <= step }
            for (_, change) in due { begin(change) }
        }
    }

    private mutating func begin(_ change: Change) {
        let spread = Int.random(in: 1...8, using: &random)
        switch change {
        case .join(let peer):
            waiting.append(peer)
            for voter in present where isActive(voter) { plan(.add(peer, info: []), voter, step, spread) }
        case .removal(let peer):
            if recipe.isSequential {
                openRemoval = peer
            } else {
                silentFrom[peer] = step + Int.random(in: 15...40, using: &random)
            }
            for voter in present where isActive(voter) && (recipe.isSequential || voter != peer || random.chance(60)) {
                plan(.remove(peer, info: []), voter, step, spread)
            }
        }
    }

    /// Ends a sequential removal once the network as a whole has decided it; the peer lingers for some steps.
    private mutating func closeRemoval() {
        guard let peer = openRemoval, step % 6 == 0 else { return }
        if SlowModel(graph: graph).run().voters.contains(peer) { return }
        openRemoval = nil
        silentFrom[peer] = step + Int.random(in: 0...10, using: &random)
    }

    /// Lets a member whose picture of the network has decided the admission of a joiner send it everything.
    mutating func contactJoiner() {
        let members = present.filter { isActive($0) && cutOff(of: $0) == nil && heads[$0]?.count == 1 }
        guard let joiner = waiting.randomElement(using: &random) else { return }
        guard let member = members.randomElement(using: &random), let head = heads[member]?.first else { return }
        guard SlowModel(graph: graph.causalPast(of: head.last).graph).run().voters.contains(joiner) else { return }

        guard let event = extend(member, 0, .requesting(joiner)) else { return }
        waiting.removeAll { $0 == joiner }
        present.append(joiner)
        heads[joiner] = [Head(last: graph.append(ModelEvent(creator: joiner, cause: .initial)))]
        deliver(Message(event: event, sender: member, recipient: joiner, isRequest: true, head: 0, due: step))
    }
}
