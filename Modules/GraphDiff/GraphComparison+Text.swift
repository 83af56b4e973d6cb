extension GraphComparison: CustomStringConvertible {
    /// The comparison in words, the weightiest first.
    public var description: String {
        var lines: [String] = []
        for (side, progress) in [("A", progress.a), ("B", progress.b)] {
            let elections = progress.elections.map { " from \(count($0, "election"))" } ?? ""
            lines.append(
                "\(side): \(progress.owner), \(count(progress.events, "event")), "
                    + "\(count(progress.blocks, "block"))\(elections)"
            )
        }
        lines.append("")
        lines += blockLines
        for (side, check) in [("A", checks.a), ("B", checks.b)] { lines += checkLines(side, check) }
        lines += eventLines + forkLines + computedLines + memberLines
        if let behind { lines.append(behindLine(behind)) }
        lines.append(isSame ? "the graphs are the same" : "the graphs differ")
        return lines.joined(separator: "\n")
    }

    private func count(_ number: Int, _ thing: String) -> String { "\(number) \(thing)\(number == 1 ? "" : "s")" }

    private func behindLine(_ behind: Side) -> String {
        func number(_ side: Side) -> Int { events.reduce(0) { $0 + ($1.side == side ? $1.count : 0) } }
        let (blocks, lacked) = (abs(progress.a.blocks - progress.b.blocks), number(behind == .a ? .b : .a))
        let lacks = [(blocks, "block"), (lacked, "event")].filter { $0.0 > 0 }.map { count($0.0, $0.1) }
        let own = number(behind)
        return "\(behind == .a ? "A" : "B") is behind: it lacks \(lacks.joined(separator: " and ")), and has "
            + (own == 0 ? "nothing of its own" : "\(count(own, "event")) of its own")
    }

    private var blockLines: [String] {
        guard let difference = blocks.firstDifference else {
            if progress.a.blocks == progress.b.blocks { return ["blocks: all \(blocks.common) agree"] }
            let side = progress.a.blocks < progress.b.blocks ? "A" : "B"
            return [
                blocks.common == 0
                    ? "blocks: \(side) has none yet"
                    : "blocks: the first \(blocks.common) agree, which are all that \(side) has"
            ]
        }
        return [
            "blocks: the first \(difference.number) agree; block \(difference.number) does NOT:",
            "  A: \(difference.payloads.a)",
            "  B: \(difference.payloads.b)",
        ] + difference.causes.map { "  because \($0)" }
    }

    private func checkLines(_ side: String, _ check: Check?) -> [String] {
        guard let check, !check.isFine else { return [] }
        if let failure = check.failure { return ["\(side) cannot be checked: \(failure)"] }
        let expected = check.expected.map { "; it should be \($0)" } ?? ""
        return [
            "\(side): block \(check.firstWrong ?? 0) does not follow from its events\(expected)",
            "  \(check.cause ?? "")",
        ]
    }

    private var eventLines: [String] {
        if events.isEmpty { return ["events: both have the same"] }
        return [(Side.a, "A"), (.b, "B")].flatMap { side, name -> [String] in
            let own = events.filter { $0.side == side }
            guard !own.isEmpty else { return [] }
            let count = own.reduce(0) { $0 + $1.count }
            return ["events: only \(name) has \(count):"]
                + own.map { range in
                    let last = range.first == range.last ? "" : " to \(range.last)"
                    let more = range.count > range.last - range.first + 1 ? " (\(range.count) events: it forked)" : ""
                    return "  \(range.creator): \(range.first)\(last)\(more)"
                }
        }
    }

    private var forkLines: [String] {
        forks.map { fork in
            let branches = fork.branches.map { "A has \($0.events.a) and B \($0.events.b) of it" }
            return "fork: \(fork.creator) at index \(fork.index), \(fork.branches.count) branches: "
                + branches.enumerated().map { "branch \($0 + 1): \($1)" }.joined(separator: "; ")
        }
    }

    private var computedLines: [String] {
        var lines: [String] = []
        if computed.count > 0 {
            lines.append(
                "computed: \(count(computed.count, "event")) that both have came out differently; it begins with:"
            )
            for difference in computed.first {
                lines.append("  \(difference.event), \(difference.subject.rawValue):")
                lines.append("    A: \(difference.values.a.isEmpty ? "none" : difference.values.a)")
                lines.append("    B: \(difference.values.b.isEmpty ? "none" : difference.values.b)")
            }
        }
        if !computed.comparesElections && blocks.firstDifference == nil {
            lines.append("computed: the open elections are different ones, and were not compared")
        }
        return lines
    }

    private var memberLines: [String] {
        func says(_ state: String?) -> String {
            guard let state else { return "does not know it" }
            return state.isEmpty ? "gives it no rights" : "says \(state)"
        }
        var lines = members.map { "member \($0.peer): A \(says($0.states.a)), B \(says($0.states.b))" }
        if let voters {
            lines.append("voters: A has \(voters.a.joined(separator: ", ")); B has \(voters.b.joined(separator: ", "))")
        }
        return lines
    }
}
