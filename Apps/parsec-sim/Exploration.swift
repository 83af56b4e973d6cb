import Foundation
import Simulation
import Synchronization

/// The runs of an exploration, several at a time.
final class Exploration: Sendable {
    private let drawing: RandomScenario
    private let numbers: [Int]
    private let mode: TravelMode
    private let stopAfter: Int
    private let printsLines: Bool
    private let meter: RateMeter
    private let summary: Mutex<ExplorationSummary>
    private let next = Mutex(0)

    /// - Parameters:
    ///   - summary: says which runs to make; what they come to is added.
    ///   - mode: how messages travel.
    ///   - stopAfter: the number of violations after which no more runs are begun; 0 for never.
    ///   - printsLines: whether to print a line of JSON for each run.
    init(
        _ drawing: RandomScenario,
        _ summary: ExplorationSummary,
        _ mode: TravelMode,
        stopAfter: Int,
        printsLines: Bool
    ) {
        self.drawing = drawing
        self.mode = mode
        self.stopAfter = stopAfter
        self.printsLines = printsLines
        numbers = (0..<summary.runs).filter { summary.contains(run: $0) }
        meter = RateMeter(total: numbers.count)
        self.summary = Mutex(summary)
    }

    /// Makes all runs; returns the summary.
    func run(cores: Int) async -> ExplorationSummary {
        let start = ContinuousClock.now
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<cores { group.addTask { self.work() } }
        }
        meter.end()
        var result = summary.withLock { $0 }
        result.finish(after: (ContinuousClock.now - start) / .seconds(1))
        return result
    }

    /// Makes one run after another until there are no more.
    private func work() {
        let exploration = summary.withLock { $0.seed }
        while let number = nextNumber() {
            let run = ExploredRun(number: number, exploration: exploration, drawing, mode)
            summary.withLock { summary in
                summary.add(run)
                if printsLines { print(run.line) }
                meter.show(summary)
            }
        }
    }

    private func nextNumber() -> Int? {
        if stopAfter > 0 && summary.withLock({ $0.violations.count }) >= stopAfter { return nil }
        return next.withLock { place in
            defer { place += 1 }
            return place < numbers.count ? numbers[place] : nil
        }
    }
}

/// Shows how far an exploration is: on a terminal all the time, elsewhere once a minute.
final class RateMeter: Sendable {
    private let total: Int
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let start = ContinuousClock.now
    private let shown = Mutex(ContinuousClock.now)

    init(total: Int) {
        self.total = total
    }

    func show(_ summary: ExplorationSummary) {
        let now = ContinuousClock.now
        let isDue = shown.withLock { shown in
            guard now - shown >= (isTerminal ? .milliseconds(200) : .seconds(60)) else { return false }
            shown = now
            return true
        }
        guard isDue else { return }
        let rate = Double(summary.done) / ((now - start) / .seconds(1))
        let left = Int(Double(total - summary.done) / rate)
        let text =
            "\(summary.done) of \(total) runs, \(String(format: "%.1f", rate)) a second, "
            + "\(left / 60) min \(left % 60) s left, \(summary.violations.count) violations"
        FileHandle.standardError.write(Data((isTerminal ? "\r\u{1B}[K\(text)" : "\(text)\n").utf8))
    }

    func end() {
        if isTerminal { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
    }
}
