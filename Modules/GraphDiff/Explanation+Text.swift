extension Explanation {
    /// The sentences, and below them the meta-votes of the deciding event.
    public var text: String { text { $0 } }

    /// The same with other names for peers.
    public func text(naming: (String) -> String) -> String {
        let votes = election?.metaVotes.filter { !$0.stages.isEmpty } ?? []
        guard !votes.isEmpty else { return naming(sentences.joined(separator: "\n")) }
        let heads = ["candidate of", "stage", "estimates", "bin values", "aux", "decision"]
        let rows = votes.flatMap { votes in
            votes.stages.enumerated().map { number, stage in [number == 0 ? naming(votes.candidate) : ""] + stage }
        }
        let widths = heads.indices.map { column in
            ([heads] + rows).map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        let table = ([heads] + rows).map { row in
            let cells = row.enumerated().map { column, cell in
                cell + String(repeating: " ", count: widths[column] - cell.count)
            }
            return String(cells.joined(separator: "  ").reversed().drop { $0 == " " }.reversed())
        }
        let title = "Meta-votes of \(election?.decidedAt ?? ""), by round/step (t true, f false, b both, - none yet):"
        return naming((sentences + ["", title] + table).joined(separator: "\n"))
    }
}
