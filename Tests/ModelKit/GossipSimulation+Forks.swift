import ParsecCore
import Voting

extension GossipSimulation {
    /// Lets forkers begin branches at older events and give branches up.
    mutating func forkAtRandom() {
        for forker in forkers where isActive(forker) {
            let isAiming = cutOffs.contains { $0.forker == forker && $0.steps.contains(step) }
            guard !isAiming, random.chance(6) else { continue }
            let all = heads[forker] ?? []
            let alive = all.indices.filter { all[$0].isAlive && all[$0].hiddenUntil <= step }
            guard let head = alive.randomElement(using: &random) else { continue }
            if alive.count > 1, random.chance(40) || alive.count > 3 {
                heads[forker]?[head].isAlive = false
                continue
            }
            let recent = graph.selfAncestors[all[head].last].elements.suffix(8)
            guard let parent = recent.randomElement(using: &random) else { continue }
            let hiddenUntil = random.chance(50) ? step + Int.random(in: 5...40, using: &random) : 0
            heads[forker]?.append(Head(last: parent, hiddenUntil: hiddenUntil))
        }
    }

    /// Plans the times in which a victim hears nobody but a branch of a forker.
    mutating func planCutOffs() {
        let victims = graph.genesis.filter { !forkers.contains($0) }
        for _ in 0..<recipe.aimedForks {
            guard let forker = forkers.randomElement(using: &random) else { return }
            guard let victim = victims.randomElement(using: &random) else { return }
            let start = random.chance(25) ? 0 : Int.random(in: 0..<max(1, recipe.steps * 2 / 3), using: &random)
            let length = Int.random(in: 8...max(10, recipe.steps * 2 / 3), using: &random)
            let steps = start..<(start + length)
            let isFree = cutOffs.allSatisfy { other in
                !other.steps.overlaps(steps) || (other.victim != victim && other.forker != forker)
            }
            if isFree { cutOffs.append(CutOff(steps: steps, forker: forker, victim: victim)) }
        }
    }

    /// The forker's head for the victim of a cut-off; the first time, the branch is made, with votes that differ.
    mutating func openBranch(of number: Int) -> Int? {
        if let head = cutOffs[number].head { return head }
        let cutOff = cutOffs[number]
        let all = heads[cutOff.forker] ?? []
        let open = all.indices.filter { all[$0].isAlive && all[$0].audience == nil && all[$0].hiddenUntil <= step }
        guard let main = open.first else { return nil }
        let chain = graph.selfAncestors[all[main].last].elements
        let depth = random.chance(50) ? 1 : Int.random(in: 1...max(1, min(6, chain.count)), using: &random)
        let parent = chain[max(0, chain.count - depth)]
        heads[cutOff.forker]?.append(Head(last: parent, audience: cutOff.victim))
        let head = all.count
        cutOffs[number].head = head
        castDifferentVotes(number, by: cutOff.forker, branch: head, main: main)
        return head
    }

    /// Casts votes that one branch of a forker carries and the other does not.
    private mutating func castDifferentVotes(_ number: Int, by forker: PeerID, branch: Int, main: Int) {
        let count = Int.random(in: 1...3, using: &random)
        let shown = (0..<count).map { Observation.opaque(Array("shown\(number).\($0)".utf8)) }
        let hidden = (0..<count).map { Observation.opaque(Array("hidden\(number).\($0)".utf8)) }
        cast(shown, by: forker, branch)
        if random.chance(80) { cast(hidden, by: forker, main) }
        let others = present.filter { $0 != forker }.shuffled(using: &random)
        switch recipe.mode {
        case .supermajority:
            // As many others as make the forker's vote the decisive one.
            for voter in others.prefix(2 * (others.count + 1) / 3) {
                for payload in shown + hidden { plan(payload, voter, step, 6) }
            }
        case .single:
            for (place, voter) in others.prefix(2).enumerated() {
                plan(.opaque(Array("beside\(number).\(place)".utf8)), voter, step, 4)
            }
        }
    }

    /// Ends the branches of the cut-offs that are over: most are given up, some are shown to anybody.
    mutating func endCutOffs() {
        for cutOff in cutOffs where cutOff.steps.upperBound == step {
            guard let head = cutOff.head else { continue }
            heads[cutOff.forker]?[head].audience = nil
            if random.chance(70) { heads[cutOff.forker]?[head].isAlive = false }
        }
    }
}
