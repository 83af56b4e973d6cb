import Foundation
import Simulation

/// What an exploration, or a part of one, came to.
struct ExplorationSummary: Codable, Sendable {
    struct FoundViolation: Codable, Sendable {
        let run: Int
        let seed: UInt64
        let kind: String
        let text: String
    }

    /// The seed of the exploration, the number of runs of all its shards, and which of them are in here.
    let seed: UInt64
    let runs: Int
    private(set) var shards: [Shard]

    /// What was drawn, in words: summaries of different explorations are not merged.
    let bounds: String

    /// The number of runs that were made.
    private(set) var done = 0
    private(set) var blocks = 0
    private(set) var requests = 0
    private(set) var virtualMilliseconds = 0

    /// The time that the shards took, one after another.
    private(set) var seconds = 0.0
    private(set) var violations: [FoundViolation] = []

    init(seed: UInt64, runs: Int, shard: Shard, bounds: RandomScenario.Bounds) {
        self.seed = seed
        self.runs = runs
        shards = [shard]
        self.bounds =
            "up to \(bounds.peers) peers, \(bounds.joins) joins, \(bounds.removals) removals, \(bounds.payloads) payloads, "
            + "\(bounds.faults) faults of each kind, \(bounds.hasFaultyPeers ? "with" : "without") faulty peers"
            + (bounds.hasAdversaries ? " and adversaries" : "")
    }

    /// Whether a run belongs to the first of the shards.
    func contains(run number: Int) -> Bool {
        guard let shard = shards.first else { return false }
        return number % shard.count == shard.number - 1
    }

    mutating func add(_ run: ExploredRun) {
        done += 1
        blocks += run.blocks
        requests += run.requests
        virtualMilliseconds += run.virtualMilliseconds
        if let kind = run.violation {
            violations.append(FoundViolation(run: run.run, seed: run.seed, kind: kind, text: run.text ?? ""))
        }
    }

    mutating func finish(after seconds: Double) {
        self.seconds = seconds
        violations.sort { $0.run < $1.run }
    }

    /// Two summaries cannot be merged.
    struct Mismatch: Error, CustomStringConvertible {
        let description: String
    }

    /// Adds the summary of another part of the same exploration.
    mutating func merge(_ other: ExplorationSummary) throws {
        guard (other.seed, other.runs, other.bounds) == (seed, runs, bounds) else {
            throw Mismatch(description: "the summaries are of different explorations")
        }
        guard Set(shards).isDisjoint(with: other.shards), shards.first?.count == other.shards.first?.count else {
            throw Mismatch(description: "the summaries are not of different parts: \(shards + other.shards)")
        }
        shards = (shards + other.shards).sorted { $0.number < $1.number }
        done += other.done
        blocks += other.blocks
        requests += other.requests
        virtualMilliseconds += other.virtualMilliseconds
        seconds += other.seconds
        violations = (violations + other.violations).sorted { $0.run < $1.run }
    }

    func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self)
    }

    var text: String {
        var lines = ["\(done) of \(runs) runs, seed \(seed), \(bounds)"]
        if let count = shards.first?.count, count > 1 {
            lines.append("shards \(shards.map(\.description).joined(separator: ", "))")
        }
        let rate = seconds > 0 ? String(format: "%.1f", Double(done) / seconds) : "-"
        lines.append(
            "\(blocks) blocks, \(requests) requests, \(virtualMilliseconds / 60_000) minutes of virtual time "
                + "in \(String(format: "%.1f", seconds)) s, \(rate) runs a second"
        )
        guard !violations.isEmpty else { return (lines + ["no rule was violated"]).joined(separator: "\n") }
        lines.append("\(violations.count) runs violated a rule:")
        for (kind, found) in Dictionary(grouping: violations, by: \.kind).sorted(by: { $0.key < $1.key }) {
            let seeds = found.prefix(5).map { "\($0.seed)" }.joined(separator: ", ")
            lines.append("  \(kind): \(found.count), seeds \(seeds)")
        }
        return lines.joined(separator: "\n")
    }
}
