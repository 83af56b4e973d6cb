import GossipGraph
import ParsecCore

/// The first event of each branch that mentions each of some things: that votes for a payload, say, or answers a request.
///
/// Most things are mentioned on one branch only, and that takes four bytes of a column; the rest stands in a dictionary.
struct FirstMentions: Sendable {
    /// For each thing 1 + the number of the event that mentioned it first, or 0.
    private var first: [UInt32] = []

    /// For a thing and a branch the first event there, if the thing was mentioned on another branch before.
    private var others: [UInt64: EventIndex] = [:]

    /// Notes that an event mentions a thing; returns whether no other event on its self-chain mentioned it before.
    ///
    /// - Parameter thing: its place among all things.
    mutating func note(_ thing: Int, by event: EventIndex, in graph: Graph) -> Bool {
        var branch = graph.branch(of: event)
        if let known = mention(of: thing, on: branch, in: graph) { return known == event }
        // A forker's chain goes on from an older branch: what was mentioned there before the fork counts.
        while let forkPoint = graph.branches[branch.position].forkPoint,
            let origin = graph.branches[branch.position].origin
        {
            if let earlier = mention(of: thing, on: origin, in: graph), earlier <= forkPoint { return false }
            branch = origin
        }
        while first.count <= thing { first.append(0) }
        if first[thing] == 0 {
            first[thing] = event.value + 1
        } else {
            others[FirstMentions.key(thing, graph.branch(of: event))] = event
        }
        return true
    }

    /// The first event of a branch that mentions a thing.
    private func mention(of thing: Int, on branch: BranchIndex, in graph: Graph) -> EventIndex? {
        guard thing < first.count, first[thing] != 0 else { return nil }
        let event = EventIndex(first[thing] - 1)
        if graph.branch(of: event) == branch { return event }
        return others.isEmpty ? nil : others[FirstMentions.key(thing, branch)]
    }

    private static func key(_ thing: Int, _ branch: BranchIndex) -> UInt64 {
        UInt64(thing) << 32 | UInt64(branch.value)
    }
}
