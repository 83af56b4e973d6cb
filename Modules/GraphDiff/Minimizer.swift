public import GraphFormats
import ParsecCore

/// Finds the smallest parts of two graphs, closed under ancestry, that still show how they differ.
public enum Minimizer {
    /// What a part has to show.
    private enum Finding: Hashable {
        /// The blocks at a place are decided differently, by the rules that the dumps name.
        case decision(Int, a: String, b: String)

        /// A dump says that it decided something that does not follow from its events.
        case claim(GraphComparison.Side, Int)

        /// A creator's fork, the branches of which may be on either side.
        case fork(String, Int)

        /// Something is computed differently for an event.
        case computed(String, GraphComparison.Computed.Subject)

        /// Events that one side lacks.
        case missing(GraphComparison.Side, String)
    }

    /// How often the parts are replayed at most; what is found by then is returned.
    public static let mostTrials = 2_000

    /// Makes the parts.
    ///
    /// - Returns: nil if the graphs do not differ.
    public static func minimize(_ a: GraphDump, _ b: GraphDump) -> (a: GraphDump, b: GraphDump)? {
        let comparison = GraphComparison(a, b)
        guard !comparison.isSame, let finding = finding(in: comparison) else { return nil }
        var (first, second) = (a, b)
        // What the whole decided does not follow from parts; it stays only where it is what differs.
        switch finding {
        case .decision, .claim, .computed: break
        case .fork, .missing: (first.election, second.election) = (GraphDump.Election(), GraphDump.Election())
        }
        var trials = 0
        func shows(_ one: GraphDump, _ two: GraphDump) -> Bool {
            trials += 1
            // Without the initial group a part could not be replayed.
            guard (one.genesis != nil) == (a.genesis != nil), (two.genesis != nil) == (b.genesis != nil) else {
                return false
            }
            return Minimizer.shows(finding, one, two)
        }
        // Both sides shrink by turns, until neither can.
        var shrank = true
        while shrank && trials < mostTrials {
            shrank = false
            if let smaller = shrunk(first, { shows($0, second) }, while: { trials < mostTrials }) {
                (first, shrank) = (smaller, true)
            }
            if let smaller = shrunk(second, { shows(first, $0) }, while: { trials < mostTrials }) {
                (second, shrank) = (smaller, true)
            }
        }
        return (first, second)
    }

    /// What differs, the weightiest first.
    private static func finding(in comparison: GraphComparison) -> Finding? {
        for (side, check) in [(GraphComparison.Side.a, comparison.checks.a), (.b, comparison.checks.b)] {
            if let wrong = check?.firstWrong { return .claim(side, wrong) }
        }
        if let difference = comparison.blocks.firstDifference {
            return .decision(difference.number, a: difference.payloads.a, b: difference.payloads.b)
        }
        if let fork = comparison.forks.first { return .fork(fork.creator, fork.index) }
        if let first = comparison.computed.first.first { return .computed(first.event, first.subject) }
        return comparison.events.first.map { .missing($0.side, $0.creator) }
    }

    private static func shows(_ finding: Finding, _ a: GraphDump, _ b: GraphDump) -> Bool {
        switch finding {
        case .decision(let number, let first, let second):
            let (one, two) = (DecisionCheck(a).text(ofFollowing: number), DecisionCheck(b).text(ofFollowing: number))
            return one == first && two == second
        case .claim(let side, let number):
            // The events have to be enough to decide what should have been decided, and something else must be claimed.
            let check = DecisionCheck(side == .a ? a : b)
            return check.check?.firstWrong == number && check.text(ofFollowing: number) != nil
        case .fork(let creator, let index):
            return GraphComparison(a, b).forks.contains { $0.creator == creator && $0.index == index }
        case .computed(let event, let subject):
            return GraphComparison(a, b).computed.first.contains { $0.event == event && $0.subject == subject }
        case .missing(let side, let creator):
            return GraphComparison(a, b).events.contains { $0.side == side && $0.creator == creator }
        }
    }

    /// Leaves out as many events as it can, with their descendants: first many at a time, then one by one.
    private static func shrunk(
        _ dump: GraphDump,
        _ shows: (GraphDump) -> Bool,
        while goesOn: () -> Bool
    ) -> GraphDump? {
        var current = dump
        var size = max(1, dump.events.count / 2)
        while size >= 1 && goesOn() {
            var end = current.events.count
            while end > 0 && goesOn() {
                let start = max(0, end - size)
                let smaller = current.without(start..<end)
                if smaller.events.count < current.events.count && shows(smaller) { current = smaller }
                end = min(start, current.events.count)
            }
            size /= 2
        }
        return current.events.count < dump.events.count ? current : nil
    }
}

extension GraphDump {
    /// The dump without some events and their descendants.
    fileprivate func without(_ left: Range<Int>) -> GraphDump {
        var isLeftOut = [Bool](repeating: false, count: events.count)
        for position in events.indices {
            let parents = [events[position].selfParent, events[position].otherParent].compactMap { $0 }
            isLeftOut[position] = left.contains(position) || parents.contains { isLeftOut[$0] }
        }
        return part(events.indices.filter { !isLeftOut[$0] })
    }
}
