import GossipGraph
import ParsecCore
import Voting

/// The voters' candidates of one attempt of an election, laid out for the observer test.
///
/// A column of the ancestry rows holds at most one candidate: the branches on which an event is an ancestor share all
/// that lies before it, and so the first interesting event. A forker may have one candidate on each of several
/// branches; no event can strongly see two of them.
struct CandidateTable: Sendable {
    /// For each branch one more than the number of the candidate that lies on it, or `UInt32.max`.
    private(set) var targets: [UInt32] = []

    /// The voters that have a candidate, as instances.
    private(set) var instances: InstanceSet

    /// The number of voters that have a candidate.
    private(set) var voterCount = 0

    init(voterCount: Int) {
        instances = InstanceSet(of: voterCount)
    }

    /// Forgets all candidates.
    mutating func removeAll() {
        for column in targets.indices { targets[column] = .max }
        instances.removeAll()
        voterCount = 0
    }

    /// Makes room for the branches of a graph.
    mutating func makeRoom(forBranches count: Int) {
        while targets.count < count { targets.append(.max) }
    }

    /// Enters a candidate.
    mutating func insert(_ candidate: EventIndex, of instance: Int, in graph: Graph) {
        makeRoom(forBranches: graph.branches.count)
        let branch = graph.branch(of: candidate)
        targets[branch.position] = candidate.value + 1
        guard !instances.contains(instance) else { return }
        instances.insert(instance)
        voterCount += 1
    }

    /// The candidate on a branch.
    func candidate(on branch: BranchIndex) -> EventIndex? {
        guard branch.position < targets.count, targets[branch.position] != .max else { return nil }
        return EventIndex(targets[branch.position] - 1)
    }
}
