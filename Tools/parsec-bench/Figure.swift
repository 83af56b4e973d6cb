import FoundationEssentials

/// Something that was measured: several runs of it, and what it should be.
struct Figure: Codable {
    /// What was measured, as in `replay/evt16-node48`: the same name in two reports means the same work.
    let name: String
    let unit: String

    /// The runs, in ascending order.
    let runs: [Double]

    /// The most that it should be, or the least if more is better.
    let goal: Double?
    let isMoreBetter: Bool

    init(_ name: String, _ unit: String, runs: [Double], goal: Double? = nil, isMoreBetter: Bool = false) {
        self.name = name
        self.unit = unit
        self.runs = runs.sorted()
        self.goal = goal
        self.isMoreBetter = isMoreBetter
    }

    var median: Double { runs[runs.count / 2] }

    /// How far apart the runs are, as a share of the median.
    var spread: Double { median == 0 ? 0 : (runs[runs.count - 1] - runs[0]) / median }

    var isReached: Bool? { goal.map { isMoreBetter ? median >= $0 : median <= $0 } }
}

/// Figures, and what they were measured on.
struct Report: Codable {
    let machine: String
    let cores: Int
    let system: String
    let commit: String
    let date: String
    var figures: [Figure] = []

    init() {
        machine = Report.machineName
        cores = ProcessInfo.processInfo.activeProcessorCount
        system = ProcessInfo.processInfo.operatingSystemVersionString
        commit = Report.commit
        date = Date().ISO8601Format()
    }

    private static var machineName: String {
        let lines = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.split(separator: "\n") ?? []
        let model = lines.first { $0.hasPrefix("model name") }?.split(separator: ":").last
        return model.map { String($0.drop(while: \.isWhitespace)) } ?? "unknown"
    }

    private static var commit: String {
        let output = try? Program.output(of: "git", ["describe", "--always", "--dirty"], isQuiet: true)
        return output?.split(whereSeparator: \.isNewline).first.map { String($0) } ?? "unknown"
    }

    /// The figures as a table, with the ratio to those of a report before.
    func text(baseline: Report?) -> String {
        var rows = [["what", "median", "unit", "spread", "goal", "", baseline == nil ? "" : "ratio"]]
        let before = Dictionary((baseline?.figures ?? []).map { ($0.name, $0) }) { first, _ in first }
        for figure in figures {
            let goal = figure.goal.map { (figure.isMoreBetter ? ">= " : "<= ") + Report.number($0) } ?? ""
            let verdict = figure.isReached.map { $0 ? "reached" : "MISSED" } ?? ""
            let ratio = before[figure.name].map { Report.number(figure.median / $0.median) } ?? ""
            rows.append([
                figure.name, Report.number(figure.median), figure.unit, "\(Int((100 * figure.spread).rounded())) %",
                goal,
                verdict, ratio,
            ])
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let lines = rows.map { row in
            row.enumerated().map { column, cell in
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                return [1, 3, 4, 6].contains(column) ? padding + cell : cell + padding
            }.joined(separator: "  ")
        }
        return (["\(machine), \(cores) cores, \(system), commit \(commit), \(date)"] + lines).joined(separator: "\n")
    }

    /// A number with three digits that count.
    static func number(_ value: Double) -> String {
        Table.number(
            value,
            digits: value.magnitude >= 100 ? 0 : value.magnitude >= 10 ? 1 : value.magnitude >= 1 ? 2 : 3
        )
    }
}
