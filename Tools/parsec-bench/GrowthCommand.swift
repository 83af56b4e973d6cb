public import ArgumentParser
import Consensus
import GossipGraph
import Membership
import ParsecCore
import Simulation
public import Voting

/// Measures what an event costs as a graph grows.
struct GrowthCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "growth",
        abstract: "Grows a graph, and measures what an event costs in the beginning and in the end.",
        discussion:
            "Random gossip; every tenth exchange somebody votes, and now and then a member leaves and another joins."
    )

    @Option(help: "How many events.")
    var events = 1_000_000

    @Option(parsing: .upToNextOption, help: "How many peers vote.")
    var peers = [4, 16, 64, 128]

    @Option(help: "single or supermajority; by default both.")
    var mode: ConsensusMode?

    @Option(help: "How many membership changes, evenly spread.")
    var changes = 20

    @Flag(help: .hidden)
    var alone = false

    @OptionGroup var options: BenchOptions

    func run() throws {
        if alone { return try runAlone() }
        var report = Report()
        for mode in mode.map({ [$0] }) ?? [.single, .supermajority] {
            try GrowthCommand.measure(events, peers, mode, changes: changes, options, into: &report)
        }
        if mode != .single {
            try GrowthCommand.measureJunk(peers, exchanges: min(20_000, events / 3), options, into: &report)
        }
        try options.print(report)
    }

    static func measure(
        _ events: Int,
        _ peers: [Int],
        _ mode: ConsensusMode,
        changes: Int,
        _ options: BenchOptions,
        into report: inout Report
    ) throws {
        let check = try SignatureCheck.measure(options, into: &report)
        for count in peers {
            var (first, last, blocks): ([Double], [Double], [Double]) = ([], [], [])
            for _ in 0..<options.runs {
                var growth = try GraphGrowth(peers: count, mode: mode, seed: 1)
                let window = max(1_000, events / 10)
                // The first thousands are those of the genesis election; the beginning is what comes after it.
                try growth.grow(to: min(events / 4, 20 * count * count + 1_000), every: nil)
                first.append(try growth.grow(to: growth.count + window, every: nil))
                try growth.grow(to: events - window, every: max(1, events / max(1, changes)))
                // Changes of members may have made more events than there were to be.
                last.append(try growth.grow(to: growth.count + window, every: nil))
                blocks.append(Double(growth.blocks))
            }
            let name = "growth/\(mode.rawValue)/\(count)"
            // Half of a check at 128 peers, a tenth at 48 and fewer.
            let goal = count <= 48 ? 0.1 : count >= 128 ? 0.5 : 0.1 + 0.4 * Double(count - 48) / 80
            report.figures.append(Figure("\(name)/event", "us", runs: last))
            report.figures.append(Figure("\(name)/checks", "checks", runs: last.map { $0 / check }, goal: goal))
            let growth = zip(first, last).map { $1 / $0 }
            report.figures.append(Figure("\(name)/growth", "end / beginning", runs: growth, goal: 1.1))
            report.figures.append(Figure("\(name)/blocks", "blocks", runs: blocks))
            let numbers = try OwnProcess.run(
                [
                    "growth", "--alone", "--events", "\(events)", "--peers", "\(count)", "--mode", mode.rawValue,
                    "--changes", "\(changes)",
                ],
                count: 2
            )
            report.figures.append(
                Figure("\(name)/memory", "bytes an event", runs: [numbers[0]], goal: numbers[1] + 200)
            )
        }
    }

    /// Prints what an event takes of memory, and what of it the row of its ancestry takes: four bytes for each branch.
    private func runAlone() throws {
        let before = try OwnProcess.kilobytes("VmRSS")
        var growth = try GraphGrowth(peers: peers[0], mode: mode ?? .single, seed: 1)
        try growth.grow(to: events, every: max(1, events / max(1, changes)))
        print((try OwnProcess.kilobytes("VmRSS") - before) * 1_024 / Double(growth.count))
        print(4 * growth.branchCount)
    }
}

extension GrowthCommand {
    /// Measures what votes that nobody joins cost the others.
    static func measureJunk(_ peers: [Int], exchanges: Int, _ options: BenchOptions, into report: inout Report) throws {
        for count in peers {
            func time(hasJunk: Bool) throws -> Double {
                var growth = try GraphGrowth(peers: count, mode: .supermajority, seed: 1)
                growth.hasJunk = hasJunk
                return try growth.time(exchanges: exchanges)
            }
            // One after the other, so that both have the same machine.
            let ratios = try (0..<options.runs).map { _ in try time(hasJunk: true) / time(hasJunk: false) }
            report.figures.append(Figure("growth/junk/\(count)", "with / without", runs: ratios, goal: 2))
        }
    }
}

extension ConsensusMode: ExpressibleByArgument {}

/// A graph that grows by random gossip, as one that knows everything sees it.
struct GraphGrowth {
    private var agreement: Agreement
    private var members: [PeerIndex] = []
    private var tips: [PeerIndex: EventIndex] = [:]
    private var random: SeededGenerator
    private var payloads = 0
    private var changes = 0
    private(set) var blocks = 0

    var count: Int { agreement.graph.count }
    var branchCount: Int { agreement.graph.branches.count }

    init(peers count: Int, mode: ConsensusMode, seed: UInt64) throws {
        let names = (0..<count).map { PeerID("P\(1_000 + $0)") }
        agreement = Agreement(peers: PeerList(genesis: names), mode: mode)
        random = SeededGenerator(seed: seed)
        members = names.map { agreement.intern($0) }
        for member in members {
            try add(member, .initial)
            try vote(member, .genesis(group: names, info: []))
        }
    }

    /// Adds events until there are so many.
    ///
    /// - Parameter every: how many events there are between two changes of members; nil for no changes.
    /// - Returns: what an event took, in microseconds: the mean, since a few events do what an election leaves to do.
    @discardableResult
    mutating func grow(to end: Int, every: Int?) throws -> Double {
        let (clock, first) = (ContinuousClock(), count)
        let start = clock.now
        var nextChange = every.map { count + $0 }
        while count < end {
            try exchange()
            guard let next = nextChange, let every, count >= next else { continue }
            try change()
            nextChange = next + every
        }
        return (clock.now - start) / .microseconds(1) / Double(max(1, count - first))
    }

    /// Whether a third of the peers vote, with each event that they make, for something that nobody else votes for.
    var hasJunk = false
    private var junk = 0

    /// What so many exchanges take, in seconds.
    mutating func time(exchanges count: Int) throws -> Double {
        try ContinuousClock().measure { for _ in 0..<count { try exchange() } } / .seconds(1)
    }

    private mutating func voteForJunk(_ peer: PeerIndex) throws {
        guard hasJunk, members.prefix(members.count / 3).contains(peer) else { return }
        junk += 1
        try vote(peer, .opaque(Array("junk \(junk)".utf8)))
    }

    private mutating func exchange() throws {
        let sender = members[Int.random(in: 0..<members.count, using: &random)]
        let receiver = members[Int.random(in: 0..<members.count, using: &random)]
        guard sender != receiver else { return }
        if Int.random(in: 0..<10, using: &random) == 0 {
            payloads += 1
            let payload = Observation.opaque(Array("payload \(payloads)".utf8))
            if agreement.store.opaqueMode == .single {
                try vote(sender, payload)
            } else {
                for member in members { try vote(member, payload) }
            }
        }
        try voteForJunk(sender)
        try voteForJunk(receiver)
        let requesting = try add(sender, .requesting(recipient: receiver))
        _ = try add(receiver, .request(otherParent: requesting))
        if let tip = tips[receiver] { _ = try add(sender, .response(otherParent: tip)) }
    }

    /// One member is voted out, and another in.
    private mutating func change() throws {
        changes += 1
        let (old, new) = (members.removeFirst(), PeerID("N\(1_000 + changes)"))
        for observation in [
            Observation.add(new, info: []), .remove(agreement.peers.id(of: old), info: []),
        ] {
            for member in members { try vote(member, observation) }
        }
        let newcomer = agreement.intern(new)
        var isAdmitted = false
        while !isAdmitted {
            try exchange()
            isAdmitted = agreement.peers.voters.contains(newcomer) && !agreement.peers.voters.contains(old)
        }
        try add(newcomer, .initial)
        members.append(newcomer)
    }

    private mutating func vote(_ peer: PeerIndex, _ observation: Observation) throws {
        let digest = SimulatedDigests().digest(of: observation)
        try add(peer, .observation([DigestedObservation(observation, digest: digest)]))
    }

    @discardableResult
    private mutating func add(_ creator: PeerIndex, _ cause: NewEvent.Cause) throws -> EventIndex {
        let digest = Digest(words: random.next(), random.next(), random.next(), random.next())
        let event = try agreement.insert(
            NewEvent(creator: creator, selfParent: tips[creator], cause: cause, digest: digest)
        )
        tips[creator] = event
        while let decision = agreement.advance() {
            blocks += decision.payloads.count { $0.isBlock }
            _ = agreement.close(decision)
        }
        return event
    }
}
