import ParsecCore

/// Makes a scenario that violates a rule as small as it can while it still violates the same rule.
public struct Minimizer: Sendable {
    /// The kind of violation that has to remain.
    public let kind: String

    /// The most simulations that are run.
    public let mostRuns: Int

    /// The scenario so far.
    public private(set) var scenario: Scenario

    /// How it ends.
    public private(set) var violation: Violation

    /// The number of simulations that were run.
    public private(set) var runs = 0

    /// The number of seeds that each smaller scenario is tried with: it takes other turns than the larger one.
    private static let seedsPerTry: UInt64 = 4

    private let options: Simulation.Options

    /// - Parameters:
    ///   - scenario: one that leads to the violation.
    ///   - options: those under which it does.
    public init(_ scenario: Scenario, _ violation: Violation, options: Simulation.Options, mostRuns: Int = 600) {
        self.scenario = scenario
        self.violation = violation
        self.options = options
        self.mostRuns = mostRuns
        kind = violation.kind
    }

    /// Tries smaller scenarios until none of them violates the rule, or the runs are used up.
    ///
    /// - Parameter progress: called after each simulation.
    public mutating func run(progress: (borrowing Minimizer) -> Void = { _ in }) {
        // What shrinks a scenario most comes first, and each way is gone to its end before the next is tried.
        let ways: [(Minimizer) -> [Scenario]] = [
            { $0.fewerSteps() }, { $0.fewerPeers() }, { $0.simplerNetworks() }, { $0.smallerSteps() },
        ]
        var before: Scenario?
        while before != scenario && runs < mostRuns {
            before = scenario
            for way in ways {
                while takeFirst(of: way(self), progress) {}
            }
        }
    }

    /// Takes the first of some scenarios that violates the same rule; returns whether there is one.
    private mutating func takeFirst(of smaller: [Scenario], _ progress: (borrowing Minimizer) -> Void) -> Bool {
        for candidate in smaller where accept(candidate, progress) { return true }
        return false
    }

    /// Takes a smaller scenario if it violates the same rule under one of a few seeds.
    private mutating func accept(_ candidate: Scenario, _ progress: (borrowing Minimizer) -> Void) -> Bool {
        for offset in 0..<Minimizer.seedsPerTry {
            guard runs < mostRuns else { return false }
            var tried = candidate
            tried.seed &+= offset
            guard var simulation = try? Simulation(tried, options: options) else { return false }
            simulation.run()
            runs += 1
            progress(self)
            if let found = simulation.violation, found.kind == kind {
                scenario = tried
                violation = found
                return true
            }
        }
        return false
    }

    // MARK: - What is smaller

    private func changed(_ change: (inout Scenario) -> Void) -> Scenario {
        var result = scenario
        change(&result)
        return result
    }

    private func fewerSteps() -> [Scenario] {
        let count = scenario.steps.count
        var result: [Scenario] = []
        if count > 3 {
            result.append(changed { $0.steps.removeFirst(count / 2) })
            result.append(changed { $0.steps.removeLast(count / 2) })
        }
        // What depends on a peer that no longer joins goes with it.
        for position in scenario.steps.indices {
            if case .join(let join) = scenario.steps[position] {
                result.append(changed { $0.remove(join.peer) })
            } else {
                result.append(changed { $0.steps.remove(at: position) })
            }
        }
        return result
    }

    private func fewerPeers() -> [Scenario] {
        guard scenario.genesis.count > 1 else { return [] }
        let smaller = scenario.genesis.map { peer in changed { $0.remove(peer) } }
        // What happens within the assumptions of the protocol stays within them.
        return scenario.hasFewFaultyPeers ? smaller.filter(\.hasFewFaultyPeers) : smaller
    }

    private func smallerSteps() -> [Scenario] {
        var result: [Scenario] = []
        for (position, step) in scenario.steps.enumerated() {
            for smaller in step.smaller { result.append(changed { $0.steps[position] = smaller }) }
        }
        return result
    }

    private func simplerNetworks() -> [Scenario] {
        var result: [Scenario] = []
        let link = scenario.link
        if link.loss > 0 { result.append(changed { $0.link.loss = 0 }) }
        if link.duplication > 0 { result.append(changed { $0.link.duplication = 0 }) }
        if link.reordering > 0 { result.append(changed { $0.link.reordering = 0 }) }
        if link.delay != .constant(10) { result.append(changed { $0.link.delay = .constant(10) }) }
        if scenario.changesAtOnce > 1 { result.append(changed { $0.changesAtOnce = 1 }) }
        if scenario.gossip.policy != .random { result.append(changed { $0.gossip.policy = .random }) }
        if scenario.gossip.connections { result.append(changed { $0.gossip.connections = false }) }
        return result
    }
}

extension Scenario {
    /// Whether fewer than a third of the members lie or fail for good, even if all that leave go before anybody joins.
    public var hasFewFaultyPeers: Bool {
        let leaving = steps.count {
            switch $0 {
            case .leave, .evict: true
            case .votes, .join, .fault: false
            }
        }
        return faultyPeers.isEmpty || 3 * faultyPeers.count < genesis.count - leaving
    }

    /// Takes a peer out of everything.
    mutating func remove(_ peer: PeerID) {
        genesis.removeAll { $0 == peer }
        steps = steps.compactMap { $0.without(peer) }
        expectations.members?.removeAll { $0 == peer }
    }
}

extension Step {
    /// The step without a peer, or nil if nothing is left of it.
    fileprivate func without(_ peer: PeerID) -> Step? {
        switch self {
        case .votes(var votes):
            votes.by = votes.by?.without(peer)
            return .votes(votes)
        case .join(var join):
            guard join.peer != peer else { return nil }
            if join.via == peer { join.via = nil }
            join.by = join.by.without(peer)
            return .join(join)
        case .leave(let leave): return leave.peer == peer ? nil : self
        case .evict(var eviction):
            guard eviction.peer != peer else { return nil }
            eviction.by = eviction.by.without(peer)
            return .evict(eviction)
        case .fault(var fault):
            func left(_ peers: [PeerID]) -> [PeerID] { peers.filter { $0 != peer } }
            let isAboutPeers = !fault.peers.isEmpty
            switch fault.kind {
            case .partition(let groups): fault.kind = .partition(groups.map(left).filter { !$0.isEmpty })
            case .cut(let senders, let receivers):
                guard !left(senders).isEmpty, !left(receivers).isEmpty else { return nil }
                fault.kind = .cut(from: left(senders), to: left(receivers))
            case .link(let peers, let quality): fault.kind = .link(left(peers), quality)
            case .slow(let peers, let factor): fault.kind = .slow(left(peers), factor: factor)
            case .crash(let peers): fault.kind = .crash(left(peers))
            case .restore(let peers, let age): fault.kind = .restore(left(peers), age: age)
            case .fork(let liar), .misbehave(let liar, _): if liar == peer { return nil }
            }
            return isAboutPeers && fault.peers.isEmpty ? nil : .fault(fault)
        }
    }

    /// Steps that are a little simpler or shorter.
    fileprivate var smaller: [Step] {
        var result: [Step] = []
        switch self {
        case .votes(let votes):
            func add(_ change: (inout Votes) -> Void) {
                var copy = votes
                change(&copy)
                result.append(.votes(copy))
            }
            if votes.count > 1 { add { $0.count /= 2 } }
            if votes.spread > 0 { add { $0.spread = 0 } }
            if votes.every > 0 { add { $0.every = 0 } }
            if votes.duplicates > 0 { add { $0.duplicates = 0 } }
            if votes.bytes > 8 { add { $0.bytes = 8 } }
            if votes.at > 100 { add { $0.at /= 2 } }
        case .join(var join):
            if join.spread > 0 || join.at > 100 {
                (join.spread, join.at) = (0, join.at / 2)
                result.append(.join(join))
            }
        case .leave(var leave):
            if leave.spread > 0 || leave.at > 100 {
                (leave.spread, leave.at) = (0, leave.at / 2)
                result.append(.leave(leave))
            }
        case .evict(var eviction):
            if eviction.spread > 0 || eviction.at > 100 {
                (eviction.spread, eviction.at) = (0, eviction.at / 2)
                result.append(.evict(eviction))
            }
        case .fault(let fault):
            if let to = fault.to, to - fault.from > 100 {
                var copy = fault
                copy.to = fault.from + (to - fault.from) / 2
                result.append(.fault(copy))
            }
            if case .crash(let peers) = fault.kind, peers.count > 1 {
                for peer in peers {
                    var copy = fault
                    copy.kind = .crash(peers.filter { $0 != peer })
                    result.append(.fault(copy))
                }
            }
        }
        return result
    }
}

extension VoterChoice {
    fileprivate func without(_ peer: PeerID) -> VoterChoice {
        guard case .peers(let peers) = self else { return self }
        return .peers(peers.filter { $0 != peer })
    }
}
