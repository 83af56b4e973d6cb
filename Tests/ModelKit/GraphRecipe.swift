public import Simulation
public import Voting

/// What a random graph is made of.
public struct GraphRecipe: Hashable, Sendable {
    /// The number of genesis peers.
    public var peers: Int

    /// How opaque payloads become candidates.
    public var mode: ConsensusMode

    /// The number of exchanges that are begun; one makes three events if nothing is lost.
    public var steps: Int

    /// The number of opaque payloads that are meant to be decided.
    public var payloads: Int

    /// The number of opaque payloads that one peer votes for and, where a supermajority is needed, nobody else.
    public var junkPayloads: Int

    /// The greatest number of observations in an event.
    public var observationsPerEvent: Int

    /// The number of peers to join.
    public var joins: Int

    /// The number of peers to be removed.
    public var removals: Int

    /// Whether each membership change waits for the one before it, joins before removals, down to one voter at last.
    public var isSequential: Bool

    /// The number of genesis peers that fork.
    public var forkers: Int

    /// The number of times that a forker shows a branch of its own to a victim that is cut off from everybody else.
    public var aimedForks: Int

    /// Whether there may be as many forkers as asked for, rather than fewer than a third of the voters.
    public var allowsTooManyForkers: Bool

    /// How many in a hundred messages are lost.
    public var loss: Int

    /// How many in a hundred messages arrive later than at once.
    public var delay: Int

    /// Makes a recipe; what is not given is quiet and well-behaved.
    public init(
        peers: Int = 4,
        mode: ConsensusMode = .supermajority,
        steps: Int = 50,
        payloads: Int = 6,
        junkPayloads: Int = 0,
        observationsPerEvent: Int = 1,
        joins: Int = 0,
        removals: Int = 0,
        isSequential: Bool = false,
        forkers: Int = 0,
        aimedForks: Int = 0,
        allowsTooManyForkers: Bool = false,
        loss: Int = 5,
        delay: Int = 25
    ) {
        self.peers = peers
        self.mode = mode
        self.steps = steps
        self.payloads = payloads
        self.junkPayloads = junkPayloads
        self.observationsPerEvent = observationsPerEvent
        self.joins = joins
        self.removals = removals
        self.isSequential = isSequential
        self.forkers = forkers
        self.aimedForks = aimedForks
        self.allowsTooManyForkers = allowsTooManyForkers
        self.loss = loss
        self.delay = delay
    }

    /// The removals that leave at least three voters, or one if changes are sequential.
    public var boundedRemovals: Int {
        isSequential ? max(0, min(removals, peers + joins - 1)) : max(0, min(removals, peers - 3))
    }

    /// The forkers that stay fewer than a third of the voters, however late anybody joins.
    public var boundedForkers: Int {
        if allowsTooManyForkers { return min(forkers, peers) }
        let fewestVoters = isSequential ? 1 : peers - boundedRemovals
        return max(0, min(forkers, (fewestVoters - 1) / 3))
    }
}

extension GraphRecipe {
    /// Draws a recipe without forks and without membership changes.
    public static func quiet(using random: inout SeededGenerator) -> GraphRecipe {
        let peers = Int.random(in: 2...9, using: &random)
        return GraphRecipe(
            peers: peers,
            mode: random.chance(50) ? .single : .supermajority,
            steps: peers * 6 + Int.random(in: 10...40, using: &random),
            payloads: Int.random(in: 2...12, using: &random),
            junkPayloads: Int.random(in: 0...3, using: &random),
            observationsPerEvent: Int.random(in: 1...3, using: &random),
            loss: Int.random(in: 0...20, using: &random),
            delay: Int.random(in: 0...60, using: &random)
        )
    }

    /// Draws a recipe with forkers that fork at random moments, fewer than a third of the voters.
    public static func forked(using random: inout SeededGenerator) -> GraphRecipe {
        var recipe = quiet(using: &random)
        recipe.peers = Int.random(in: 4...8, using: &random)
        recipe.forkers = Int.random(in: 1...2, using: &random)
        return recipe
    }

    /// Draws a recipe with forkers that show one branch to most peers and another to a victim that is cut off.
    public static func aimed(using random: inout SeededGenerator) -> GraphRecipe {
        var recipe = forked(using: &random)
        recipe.peers = random.chance(70) ? 4 : Int.random(in: 5...7, using: &random)
        recipe.aimedForks = Int.random(in: 1...3, using: &random)
        return recipe
    }

    /// Draws a recipe with joins, removals and, in half of the cases, forkers.
    public static func churn(using random: inout SeededGenerator) -> GraphRecipe {
        var recipe = quiet(using: &random)
        recipe.peers = Int.random(in: 4...7, using: &random)
        recipe.steps = recipe.peers * 8 + Int.random(in: 10...40, using: &random)
        recipe.joins = Int.random(in: 0...3, using: &random)
        recipe.removals = Int.random(in: recipe.joins == 0 ? 1...2 : 0...2, using: &random)
        recipe.forkers = random.chance(50) ? 0 : Int.random(in: 1...2, using: &random)
        recipe.aimedForks = recipe.forkers > 0 && random.chance(50) ? 1 : 0
        return recipe
    }

    /// Draws a recipe which goes from one voter to several and back to one.
    public static func growAndShrink(using random: inout SeededGenerator) -> GraphRecipe {
        var recipe = quiet(using: &random)
        recipe.peers = 1
        recipe.joins = Int.random(in: 2...4, using: &random)
        recipe.removals = recipe.joins
        recipe.isSequential = true
        recipe.steps = 60 * recipe.joins
        recipe.loss = min(recipe.loss, 5)
        return recipe
    }

    /// Draws a recipe of any of the kinds above.
    public static func varied(using random: inout SeededGenerator) -> GraphRecipe {
        switch Int.random(in: 0..<10, using: &random) {
        case 0, 1: quiet(using: &random)
        case 2, 3: forked(using: &random)
        case 4, 5: aimed(using: &random)
        case 6, 7, 8: churn(using: &random)
        default: growAndShrink(using: &random)
        }
    }
}
