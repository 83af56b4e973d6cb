public import ArgumentParser
import Foundation
public import GraphFormats
import Identity
import MetaVoting

/// Feeds a dump into a fresh engine and shows what it decides.
struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Feeds a graph into an engine and prints the elections and blocks in order."
    )

    @Argument(help: GraphSource.forms)
    var file: String

    @Flag(help: "Print JSON, as recordings state what they expect.")
    var json = false

    @Option(help: "The rules to decide by: by default those that the dump names, else those of the reference.")
    var rules: GraphDump.Rules?

    @Flag(help: "Say on standard error what an event costs on average, for each quarter of the events.")
    var timing = false

    func run() async throws {
        let dump = try await GraphSource(file).dump()
        do {
            var replay = try Replay(dump, rules: (rules ?? dump.rules ?? .reference).protocolRules)
            if timing { try runTimed(&replay) } else { try replay.run() }
            let report = ReplayReport(replay, source: file)
            let labels = PeerLabels(dump.everybody)
            print(json ? labels.spelled(try encoded(report)) : labels.shortened(table(report)))
        } catch let failure as Replay.Failure {
            throw Failure("\(file): \(failure)")
        }
    }

    private func runTimed(_ replay: inout Replay) throws {
        let clock = ContinuousClock()
        let quarter = (replay.order.count + 3) / 4
        var costs: [String] = []
        for start in stride(from: 0, to: replay.order.count, by: quarter) {
            let count = min(quarter, replay.order.count - start)
            let time = try clock.measure { for _ in 0..<count { _ = try replay.step() } }
            let microseconds = time / .microseconds(1) / Double(count)
            costs.append(String(format: "%.2f", microseconds))
        }
        FileHandle.standardError.write(Data("microseconds per event: \(costs.joined(separator: ", "))\n".utf8))
    }

    private func encoded(_ report: ReplayReport) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(report), as: UTF8.self)
    }

    private func table(_ report: ReplayReport) -> String {
        var lines = [
            "\(report.eventCount) events seen by \(report.ourID), \(report.mode) mode, "
                + "initial group: \(report.genesis.joined(separator: ", "))"
        ]
        var number = 0
        for election in report.decisions {
            lines.append("")
            lines.append(
                "Election \(election.election), decided at \(election.decidingEvent) "
                    + "with \(election.eventsInserted) events; voters: \(election.voters.joined(separator: ", "))"
            )
            for payload in election.payloads {
                let isBlock = !payload.isInternal && !payload.votesBy.isEmpty
                let label = isBlock ? "block \(number)" : "no block"
                if isBlock { number += 1 }
                let creator = payload.creator.map { " by \($0)" } ?? ""
                let votes = "\(payload.votesBy.count) of \(election.voters.count) votes"
                let padding = String(repeating: " ", count: max(1, 12 - label.count))
                lines.append("  \(label)\(padding)\(payload.observation)\(creator)  [\(votes)]")
            }
        }
        lines.append("")
        lines.append("\(report.decisions.count) elections, \(report.blocks.count) blocks")
        return lines.joined(separator: "\n")
    }
}

extension GraphDump.Rules: ExpressibleByArgument {}
