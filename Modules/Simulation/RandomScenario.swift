import ParsecCore
import Voting

/// Draws scenarios at random, within the assumptions of the protocol: fewer than a third of the members lie or fail for
/// good, and all other faults end.
public struct RandomScenario: Sendable {
    /// What the runs of an exploration are about.
    public struct Bounds: Hashable, Sendable {
        /// The most peers of the initial group.
        public var peers = 10

        /// The most peers that join, and the most that leave or are voted out.
        public var joins = 5
        public var removals = 4

        /// The most payloads.
        public var payloads = 12

        /// The most faults of each kind that end.
        public var faults = 2

        /// Whether liars break rules in all ways, beside forking.
        public var hasAdversaries = false

        /// Whether some peers lie or fail for good.
        public var hasFaultyPeers = true

        public init() {}
    }

    public let bounds: Bounds

    public init(bounds: Bounds = Bounds()) {
        self.bounds = bounds
    }

    /// The seed of a run of an exploration.
    public static func seed(ofRun number: Int, exploration seed: UInt64) -> UInt64 {
        var random = SeededGenerator(seed: seed &+ UInt64(number) &* 0xD1B5_4A32_D192_ED03)
        return random.next() >> 16
    }

    /// Draws the scenario of a seed.
    public func draw(seed: UInt64) -> Scenario {
        var draft = Draft(bounds: bounds, random: SeededGenerator(seed: seed))
        return draft.draw(seed: seed)
    }

    /// A scenario that is being drawn.
    private struct Draft {
        let bounds: Bounds
        var random: SeededGenerator
        var scenario = Scenario("", genesis: [])
        var joiners: [PeerID] = []
        var removed: [PeerID] = []
        var faulty: [PeerID] = []
        var span = 0

        mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

        mutating func time() -> Int { number(0...span) }

        /// Draws some of the peers, at least one.
        mutating func some(of peers: [PeerID]) -> [PeerID] {
            guard !peers.isEmpty else { return [] }
            return Array(peers.shuffled(using: &random).prefix(number(1...peers.count))).sorted()
        }

        mutating func draw(seed: UInt64) -> Scenario {
            let size = number(1...bounds.peers)
            let names = PeerName.list(count: size + number(0...bounds.joins))
            scenario = Scenario("explored \(seed)", genesis: Array(names.prefix(size)), seed: seed)
            joiners = Array(names.dropFirst(size))
            scenario.mode = random.happens(0.5) ? .supermajority : .single
            drawNetwork()
            let changes = joiners.count + bounds.removals
            span = scenario.gossip.interval * number(10...60 + 10 * changes)
            scenario.changesAtOnce = number(1...3)
            chooseLeavers()
            chooseFaulty()
            drawChanges()
            drawVotes()
            drawFaults()
            // Messages with little room; enough of it for those that bring nothing but the news.
            if random.happens(0.3) { scenario.limits.eventsPerMessage = number(20 * names.count...60 * names.count) }
            scenario.gossip.connections = random.happens(0.5)
            return scenario
        }

        // MARK: - Network

        mutating func drawNetwork() {
            scenario.gossip.interval = number(10...100)
            scenario.gossip.heartbeat = scenario.gossip.interval * number(5...20)
            scenario.gossip.policy = random.happens(0.5) ? .random : .onNews
            scenario.link = quality()
        }

        mutating func quality() -> LinkQuality {
            var quality = LinkQuality()
            let interval = scenario.gossip.interval
            switch number(0...3) {
            case 0: quality.delay = .constant(number(0...interval))
            case 1: quality.delay = .uniform(0...number(1...3 * interval))
            case 2: quality.delay = .poisson(mean: Double(number(1...interval)))
            default: quality.delay = .longTail(least: number(1...interval), most: 10 * interval)
            }
            if random.happens(0.5) { quality.loss = Double(number(0...30)) / 100 }
            if random.happens(0.3) { quality.duplication = Double(number(0...30)) / 100 }
            if random.happens(0.5) { quality.reordering = Double(number(0...100)) / 100 }
            return quality
        }

        // MARK: - Members

        /// Chooses who leaves; one member of the initial group stays throughout.
        mutating func chooseLeavers() {
            let candidates = Array(scenario.genesis.dropFirst()) + joiners
            let most = min(bounds.removals, candidates.count)
            removed = Array(candidates.shuffled(using: &random).prefix(number(0...most)))
        }

        /// Chooses who lies or fails for good: fewer than a third even if all that leave go before anybody joins.
        mutating func chooseFaulty() {
            guard bounds.hasFaultyPeers else { return }
            let least = max(1, scenario.genesis.count - removed.count)
            let most = (least - 1) / 3
            guard most > 0 else { return }
            faulty = Array(scenario.peers.dropFirst().shuffled(using: &random).prefix(number(0...most)))
            faulty += joiners.shuffled(using: &random).prefix(max(0, number(0...most) - faulty.count))
            faulty = Array(Set(faulty).sorted().prefix(most))
            if bounds.hasAdversaries && faulty.isEmpty { faulty = [scenario.genesis[scenario.genesis.count - 1]] }
        }

        mutating func drawChanges() {
            for joiner in joiners {
                let sponsors = scenario.genesis.filter { !removed.contains($0) && !faulty.contains($0) }
                let via = random.happens(0.5) ? sponsors.randomElement(using: &random) : nil
                scenario.steps.append(.join(joiner, at: time(), via: via, spread: spread()))
            }
            // The others vote somebody out only if they are more than two thirds without it, and without the faulty.
            let least = scenario.genesis.count - removed.count
            for leaver in removed {
                let silent = faulty.count + (faulty.contains(leaver) ? 0 : 1)
                let isEvicted = 3 * silent < least && (faulty.contains(leaver) || random.happens(0.5))
                let step: Step =
                    isEvicted
                    ? .evict(leaver, at: time(), spread: spread()) : .leave(leaver, at: time(), spread: spread())
                scenario.steps.append(step)
            }
        }

        mutating func spread() -> Int { random.happens(0.5) ? 0 : number(0...10 * scenario.gossip.interval) }

        // MARK: - Votes

        mutating func drawVotes() {
            var left = number(0...bounds.payloads)
            while left > 0 {
                var votes = Votes()
                votes.count = number(1...left)
                votes.at = time()
                votes.every = random.happens(0.4) ? 0 : number(0...(span - votes.at) / votes.count)
                votes.spread = spread()
                votes.duplicates = random.happens(0.2) ? 0.3 : 0
                votes.bytes = number(1...64)
                switch number(0...9) {
                case 0: votes.by = .count(number(1...scenario.genesis.count))
                case 1: votes.by = .share(0.5...1)
                case 2: votes.by = .peers(some(of: scenario.peers))
                case 3:
                    votes.by = .all
                    votes.isSame = scenario.mode == .supermajority || random.happens(0.5)
                default: votes.by = nil
                }
                scenario.steps.append(.votes(votes))
                left -= votes.count
            }
        }

        // MARK: - Faults

        mutating func drawFaults() {
            let peers = scenario.peers
            for _ in 0..<number(0...bounds.faults) {
                let (from, to) = period()
                scenario.steps.append(.fault(Fault(.partition([some(of: peers)]), from: from, to: to)))
            }
            for _ in 0..<number(0...bounds.faults) {
                let (from, to) = period()
                switch number(0...2) {
                case 0: scenario.steps.append(.cut(from: some(of: peers), to: some(of: peers), from: from, to: to))
                case 1:
                    let who = random.happens(0.5) ? [] : some(of: peers)
                    scenario.steps.append(.link(among: who, quality(), from: from, to: to))
                default:
                    let kind = Fault.Kind.slow(some(of: peers), factor: number(2...10))
                    scenario.steps.append(.fault(Fault(kind, from: from, to: to)))
                }
            }
            for _ in 0..<number(0...bounds.faults) {
                let (from, to) = period()
                let who =
                    random.happens(0.2)
                    ? peers : random.happens(0.7) ? Array(some(of: peers).prefix(1)) : some(of: peers)
                let honest = who.filter { !faulty.contains($0) }
                if !honest.isEmpty { scenario.steps.append(.fault(Fault(.crash(honest), from: from, to: to))) }
            }
            for peer in faulty {
                let (from, to) = period()
                if bounds.hasAdversaries {
                    // One way or several at once; an accomplice is one with another's help only.
                    for way in Misbehaviour.allCases.shuffled(using: &random).prefix(number(1...3)) {
                        scenario.steps.append(.misbehave(peer, way, from: from))
                    }
                    if random.happens(0.6) { continue }
                }
                switch number(0...2) {
                case 0: scenario.steps.append(.crash(peer, from: from))
                case 1: scenario.steps.append(.restore(peer, age: number(1...span), from: from, to: to))
                default: scenario.steps.append(.fork(peer, from: from))
                }
            }
        }

        mutating func period() -> (from: Int, to: Int) {
            let from = time()
            return (from, from + number(1...max(1, span / 2)))
        }
    }
}
