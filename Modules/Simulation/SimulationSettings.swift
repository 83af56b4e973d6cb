public import MetaVoting
public import Voting

/// What a simulation does; together with the seed it determines everything that happens.
public struct SimulationSettings: Hashable, Sendable {
    /// The number of peers in the initial group.
    public var peers = 5

    /// The number of opaque payloads that are voted for.
    public var events = 10

    /// The number of peers that join.
    public var addedPeers = 0

    /// The number of peers that are removed.
    public var removedPeers = 0

    /// The most voters that there may be at any time.
    public var maxPeers = 20

    /// The mode of opaque payloads.
    public var mode = ConsensusMode.supermajority

    /// The number of peers, of the initial group or among those that join, that show different events to different
    /// peers.
    public var forkers = 0

    /// The seed of all random choices.
    public var seed: UInt64 = 0

    /// The number of rounds after which a simulation that has not settled is given up.
    public var maxRounds = 1_000

    /// The probability with which a message is lost.
    public var loss = 0.05

    /// The most rounds that a message is under way.
    public var maxDelay = 3

    public var rules = ProtocolRules.current

    public init() {}

    /// The fewest voters that a simulation leaves: with fewer than three, one silent peer stops everything, and more than
    /// two thirds have to be honest.
    public var leastVoters: Int { max(min(peers, 3), 3 * forkers + 1) }

    /// What is wrong with settings.
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
            case .noPeers: "a simulation needs at least one peer"
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

    /// Checks that a simulation with these settings can end.
    public func check() throws(Fault) {
        guard peers > 0 else { throw .noPeers }
        for (name, count) in [
            ("events", events), ("added peers", addedPeers), ("removed peers", removedPeers), ("forkers", forkers),
            ("rounds", maxRounds), ("rounds of delay", maxDelay),
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
}
