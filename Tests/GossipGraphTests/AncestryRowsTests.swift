import Simulation
import Testing

@testable import GossipGraph

@Suite struct AncestryRowsTests {
    /// Rows as arrays of arrays, which nothing shares.
    private struct Model {
        var rows: [[UInt32]] = []
        var columns = 1

        func isLike(_ other: AncestryRows) -> Bool {
            other.count == rows.count
                && rows.indices.allSatisfy { row in
                    rows[row].indices.allSatisfy { other[row][$0] == rows[row][$0] }
                        && (rows[row].count..<other.width).allSatisfy { other[row][$0] == 0 }
                }
        }
    }

    @Test("Rows are maxima of rows before them, however wide, and copies go their own ways", arguments: UInt64(1)...10)
    func likeArrays(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var values = [(AncestryRows(), Model())]
        for step in 0..<2_000 {
            let place = Int.random(in: 0..<values.count, using: &random)
            var (rows, model) = values[place]
            // Nobody else has the value while it is changed, unless it was copied.
            values[place] = (AncestryRows(), Model())
            switch Int.random(in: 0..<200, using: &random) {
            case 0 where values.count < 4: values.append((rows, model))
            case 1...2:
                model.columns += Int.random(in: 1...5, using: &random)
                if model.columns > rows.width { rows.widen(to: model.columns) }
            default:
                var parents = (0..<2).map { _ in model.rows.indices.randomElement(using: &random) }
                if Bool.random(using: &random) { parents[1] = nil }
                var row = [UInt32](repeating: 0, count: model.columns)
                for case let parent? in parents {
                    for (column, value) in model.rows[parent].enumerated() { row[column] = max(row[column], value) }
                }
                let column = Int.random(in: 0..<model.columns, using: &random)
                row[column] = UInt32(step + 1)
                rows.append(
                    maximumOf: parents[0],
                    parents[1],
                    columns: model.columns,
                    setting: column,
                    to: UInt32(step + 1)
                )
                model.rows.append(row)
            }
            values[place] = (rows, model)
        }
        let wrong = values.indices.filter { !values[$0].1.isLike(values[$0].0) }
        #expect(wrong.isEmpty, "swift test --filter AncestryRowsTests, seed \(seed)")
        #expect(values.count > 1 && values.contains { $0.0.width > 8 && $0.0.count > 200 })
    }
}
