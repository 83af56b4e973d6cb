import ParsecCore
public import Voting

/// A scenario in a few numbers: chance, under the seed, decides the rest.
public struct ScenarioSketch: Hashable, Sendable {
    /// The number of peers in the initial group.
    public var peers = 5

    /// The number of opaque payloads that are voted for.
    public var events = 10

    /// The number of peers that join.
    public var addedPeers = 0

    /// The number of peers that leave or are voted out.
    public var removedPeers = 0

    /// The most voters that there may be at any time.
    public var maxPeers = 20

    /// The mode of opaque payloads.
    public var mode = ConsensusMode.supermajority

    /// The number of peers, of the initial group or among those that join, that show different events to different
    /// peers.
    public var forkers = 0

    /// The probability with which a message is lost.
    public var loss = 0.05

    /// The longest time that a message is under way, in virtual milliseconds.
    public var maxDelay = 150

    /// The seed of all random choices.
    public var seed: UInt64 = 0

    public var gossip = GossipSettings()

    public init() {}

    /// The fewest voters that the scenario leaves: with fewer than three, one silent peer stops everything, and more
    /// than two thirds have to be honest.
    public var leastVoters: Int { max(min(peers, 3), 3 * forkers + 1) }

    /// What is wrong with a sketch.
    public enum Fault: Error, Hashable, Sendable, CustomStringConvertible {
        case noPeers
        case negative(String)
        case tooManyPeers(Int, most: Int)
        case tooManyForkers(Int, most: Int)
        case tooManyRemovals(Int, most: Int)
        case tooManyAdditions(Int, most: Int)
        case probability(Double)

        public var description: String {
            switch self {
            case .noPeers: "a network needs at least one peer"
            case .negative(let name): "the number of \(name) cannot be negative"
            case .tooManyPeers(let count, let most):
                "\(count) peers at the start are more than the \(most) that there may be at any time"
            case .tooManyForkers(let count, let most):
                "\(count) forkers are too many: agreement holds up to \(most) with this number of peers"
            case .tooManyRemovals(let count, let most):
                "\(count) removals are too many: from this number of peers \(most) can be removed"
            case .tooManyAdditions(let count, let most):
                "\(count) additions are too many: to this number of peers \(most) can be added"
            case .probability(let value): "a probability is between 0 and below 1, got \(value)"
            }
        }
    }

    /// Checks that a network like this can come to its end.
    public func check() throws(Fault) {
        guard peers > 0 else { throw .noPeers }
        for (name, count) in [
            ("events", events), ("added peers", addedPeers), ("removed peers", removedPeers), ("forkers", forkers),
            ("milliseconds of delay", maxDelay),
        ] where count < 0 { throw .negative(name) }
        guard peers <= maxPeers else { throw .tooManyPeers(peers, most: maxPeers) }
        guard loss >= 0 && loss < 1 else { throw .probability(loss) }
        // The bound on liars has to hold at the start, and removals stop where it would not hold any longer.
        guard forkers <= (peers - 1) / 3 else { throw .tooManyForkers(forkers, most: (peers - 1) / 3) }
        let removable = peers + addedPeers - leastVoters
        guard removedPeers <= removable else { throw .tooManyRemovals(removedPeers, most: removable) }
        let addable = maxPeers - peers + removedPeers
        guard addedPeers <= addable else { throw .tooManyAdditions(addedPeers, most: addable) }
    }

    /// Draws the scenario: payloads at intervals, changes of members one after another, forks at random times.
    ///
    /// - Throws: ``Fault``.
    public func scenario() throws(Fault) -> Scenario {
        try check()
        var random = SeededGenerator(seed: seed)
        let names = PeerName.list(count: peers + addedPeers)
        var scenario = Scenario("sketch", genesis: Array(names.prefix(peers)), seed: random.next())
        scenario.mode = mode
        scenario.gossip = gossip
        scenario.changesAtOnce = 1
        scenario.link.loss = loss
        scenario.link.reordering = 1
        scenario.link.delay = .uniform(min(5, maxDelay)...maxDelay)
        let pace = 2 * gossip.interval
        let span = pace * max(1, events + 3 * (addedPeers + removedPeers))
        if events > 0 {
            scenario.steps.append(.votes(events, at: 0, every: span / max(1, events), spread: 3 * pace))
        }
        for (step, at) in zip(changes(names, &random), times(addedPeers + removedPeers, upTo: span, &random)) {
            scenario.steps.append(step(at))
        }
        for forker in names.shuffled(using: &random).prefix(forkers) {
            scenario.steps.append(.fork(forker, from: Int.random(in: 0..<span, using: &random)))
        }
        return scenario
    }

    private func times(_ count: Int, upTo span: Int, _ random: inout SeededGenerator) -> [Int] {
        (0..<count).map { _ in Int.random(in: 0..<span, using: &random) }.sorted()
    }

    /// Draws who comes and goes, such that neither bound on the number of voters is broken on the way.
    private func changes(_ names: [PeerID], _ random: inout SeededGenerator) -> [(Int) -> Step] {
        var members = Array(names.prefix(peers))
        var newcomers = names.dropFirst(peers)
        var removals = removedPeers
        var result: [(Int) -> Step] = []
        while !newcomers.isEmpty || removals > 0 {
            let canAdd = !newcomers.isEmpty && members.count < maxPeers
            let canRemove = removals > 0 && members.count > leastVoters
            let adds =
                canAdd
                && (!canRemove || Int.random(in: 0..<newcomers.count + removals, using: &random) < newcomers.count)
            guard adds || canRemove else { break }
            if adds, let newcomer = newcomers.popFirst() {
                members.append(newcomer)
                result.append { .join(newcomer, at: $0, spread: 4 * gossip.interval) }
            } else {
                let canEvict = members.count > 3 * (forkers + 1)
                let member = members.remove(at: Int.random(in: members.indices, using: &random))
                removals -= 1
                let isEvicted = canEvict && random.happens(0.5)
                result.append {
                    isEvicted
                        ? .evict(member, at: $0, spread: 4 * gossip.interval)
                        : .leave(member, at: $0, spread: 4 * gossip.interval)
                }
            }
        }
        return result
    }
}
