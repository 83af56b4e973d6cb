import ArgumentParser
import GossipGraph
import MetaVoting
import ParsecCore
import Simulation
import Voting

/// Measures the two loops in which consensus spends its time.
struct KernelsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kernels",
        abstract: "Measures the test for strong sight and the counting of meta-votes, by the number of peers.",
        discussion: """
            Strong sight: one event against the candidates of all voters, through all voters. Meta-votes: one event that \
            hears something new from a fifth of the others, in an exchange of random votes.
            """
    )

    @Option(parsing: .upToNextOption, help: "How many peers vote.")
    var peers = [4, 16, 64, 128]

    @OptionGroup var options: BenchOptions

    func run() throws {
        var report = Report()
        try KernelsCommand.measure(peers, options, into: &report)
        try options.print(report)
    }

    static func measure(_ peers: [Int], _ options: BenchOptions, into report: inout Report) throws {
        for count in peers {
            let sight = try SightKernel(peers: count)
            let tests = try options.measure({ sight }) { $0.run() }
            report.figures.append(
                Figure("kernels/sight/\(count)", "ns", runs: tests.map { $0 * 1e9 / Double(SightKernel.tests) })
            )
            let events = try options.measure({ MetaVoteKernel(voters: count) }) { $0.run() }
            let nanoseconds = events.map { $0 * 1e9 / Double(MetaVoteKernel.events) }
            report.figures.append(Figure("kernels/meta-votes/\(count)", "ns", runs: nanoseconds))
        }
    }
}

/// Tests whether events strongly see candidates.
struct SightKernel {
    static let tests = 2_000

    private var graph = Graph()
    private var paths: [PeerIndex] = []
    private var targets: [UInt32] = []
    private var counts: [UInt32] = []
    private var events: [EventIndex] = []

    init(peers count: Int) throws {
        var random = SeededGenerator(seed: 1)
        paths = (0..<count).map { PeerIndex($0) }
        var tips: [EventIndex] = []
        func digest() -> Digest { Digest(words: random.next(), random.next(), random.next(), random.next()) }
        for peer in paths {
            tips.append(try graph.insert(creator: peer, selfParent: nil, cause: .initial, digest: digest()))
        }
        let start = graph.count + 2 * count
        for _ in 0..<20 * count {
            let sender = Int.random(in: 0..<count, using: &random)
            let receiver = (sender + Int.random(in: 1..<count, using: &random)) % count
            tips[receiver] = try graph.insert(
                creator: paths[receiver],
                selfParent: tips[receiver],
                cause: .request(otherParent: tips[sender]),
                digest: digest()
            )
        }
        // Candidates that were created early on, so that later events see some of them strongly.
        targets = paths.map { peer in
            (graph.events.first { Int($0.value) > start && graph.creator(of: $0) == peer }?.value ?? UInt32(start)) + 1
        }
        counts = Array(repeating: 0, count: count)
        events = Array(graph.events.suffix(10 * count))
    }

    mutating func run() {
        for number in 0..<SightKernel.tests {
            graph.countSightings(from: events[number % events.count], through: paths, of: targets, into: &counts)
        }
    }
}

/// Counts the meta-votes of events that hear of each other at random.
struct MetaVoteKernel {
    static let events = 2_000

    private let voters: Int
    private var table: MetaVoteTable
    private var records: [Int?]
    private var random = SeededGenerator(seed: 1)

    init(voters count: Int) {
        voters = count
        table = MetaVoteTable(quorum: Quorum(of: count))
        records = Array(repeating: nil, count: count)
    }

    mutating func run() {
        for _ in 0..<MetaVoteKernel.events {
            let voter = Int.random(in: 0..<voters, using: &random)
            var news: [MetaVoteTable.News] = []
            for other in 0..<voters where other != voter {
                guard voters < 5 || Int.random(in: 0..<5, using: &random) == 0 else { continue }
                news.append(MetaVoteTable.News(of: other, record: records[other]))
            }
            _ = table.hear(news, by: voter)
            let record: Int
            if let previous = records[voter] {
                record = table.append(.continuing(previous), by: voter)
                if table.isWaiting(record) { table.flip(record) { round, _ in round % 2 == 1 } }
            } else {
                var observees = InstanceSet(of: voters)
                for instance in 0..<voters where Int.random(in: 0..<4, using: &random) != 0 {
                    observees.insert(instance)
                }
                record = table.append(.observer(observees), by: voter)
            }
            // Whoever has decided everything begins anew, so that there is always something to count.
            records[voter] = table.isComplete(record) ? nil : record
            if table.isComplete(record) { table.forget(voter) }
        }
    }
}
