import ArgumentParser
import FoundationEssentials

/// How a report is written, and how often things are measured.
struct BenchOptions: ParsableArguments {
    @Option(help: "How often each thing is measured; the median counts.")
    var runs = 5

    @Flag(help: "Print JSON, which --baseline reads.")
    var json = false

    @Option(help: "A report in JSON, to whose medians the ratios are.")
    var baseline: String?

    func validate() throws {
        guard runs > 0 else { throw ValidationError("--runs is at least 1") }
    }

    func print(_ report: Report) throws {
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            Swift.print(String(decoding: try encoder.encode(report), as: UTF8.self))
            return
        }
        let before = try baseline.map { path in
            guard let bytes = try? Data(contentsOf: URL(filePath: path)),
                let report = try? JSONDecoder().decode(Report.self, from: bytes)
            else { throw ValidationError("\(path) is not a report that --json has printed") }
            return report
        }
        Swift.print(report.text(baseline: before))
    }

    /// The seconds that something takes, run by run; what `prepare` does does not count.
    func measure<Input>(_ prepare: () throws -> Input, _ body: (inout Input) throws -> Void) throws -> [Double] {
        let clock = ContinuousClock()
        return try (0..<runs).map { _ in
            var input = try prepare()
            return try clock.measure { try body(&input) } / .seconds(1)
        }
    }
}
