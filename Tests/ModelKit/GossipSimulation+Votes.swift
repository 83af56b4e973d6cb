import ParsecCore
import Voting

extension GossipSimulation {
    /// Plans the votes for opaque payloads.
    mutating func planPayloads() {
        let voters = Array(graph.genesis) + (0..<recipe.joins).map { GossipSimulation.name(recipe.peers + $0) }
        let lastStart = max(1, recipe.steps * 2 / 3)
        for number in 0..<recipe.payloads {
            let start = Int.random(in: 0..<lastStart, using: &random)
            let payload = Observation.opaque(Array("p\(number)".utf8))
            let spread = random.chance(50) ? 4 : 20
            switch recipe.mode {
            case .supermajority:
                let share = random.chance(60) ? 100 : 85
                for voter in voters where random.chance(share) { plan(payload, voter, start, spread) }
            case .single:
                let count = random.chance(70) ? 1 : min(voters.count, Int.random(in: 2...3, using: &random))
                for voter in voters.shuffled(using: &random).prefix(count) { plan(payload, voter, start, spread) }
            }
        }
        for number in 0..<recipe.junkPayloads {
            guard let voter = voters.randomElement(using: &random) else { continue }
            let start = Int.random(in: 0..<lastStart, using: &random)
            plan(.opaque(Array("junk\(number)".utf8)), voter, start, 1)
        }
    }

    /// Plans a vote within some steps of the present or a given step.
    mutating func plan(_ observation: Observation, _ voter: PeerID, _ start: Int, _ spread: Int) {
        let step = start + Int.random(in: 0..<max(1, spread), using: &random)
        votes.append(PlannedVote(step: step, voter: voter, observation: observation))
    }

    /// Casts the votes that are due; a peer that has no events yet casts its votes once it has.
    mutating func castVotes() {
        for voter in present where isActive(voter) {
            let due = votes.filter { $0.step <= step && $0.voter == voter }
            guard !due.isEmpty else { continue }
            votes.removeAll { $0.step <= step && $0.voter == voter }
            let observations = due.map(\.observation)
            let all = heads[voter] ?? []
            let alive = all.indices.filter { all[$0].isAlive && all[$0].audience == nil && all[$0].hiddenUntil <= step }
            let everywhere = random.chance(30)
            let chosen = alive.randomElement(using: &random)
            for head in alive where everywhere || head == chosen { cast(observations, by: voter, head) }
        }
    }

    /// Adds observation events to a branch, with as many observations each as the recipe allows or fewer.
    ///
    /// What the branch has a vote for already is left out.
    mutating func cast(_ observations: [Observation], by voter: PeerID, _ head: Int) {
        guard let last = heads[voter]?[head].last else { return }
        var cast: Set<Observation> = []
        for event in graph.selfAncestors[last].elements { cast.formUnion(graph.events[event].cause.observations) }
        var rest = observations.filter { cast.insert($0).inserted }[...]
        while !rest.isEmpty {
            let count = Int.random(in: 1...max(1, recipe.observationsPerEvent), using: &random)
            extend(voter, head, .observation(Array(rest.prefix(count))))
            rest = rest.dropFirst(count)
        }
    }
}
