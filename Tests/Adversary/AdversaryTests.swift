import Consensus
import Foundation
import GossipGraph
import GraphFormats
import ParsecCore
import Serialization
import Simulation
import Testing
import Voting

/// Networks with liars: they agree, find out who lies, and accuse nobody else.
@Suite struct AdversaryTests {
    /// A network in which the last peers misbehave, while the others vote.
    private func scenario(
        _ name: String,
        peers: Int,
        liars: Int,
        seed: UInt64,
        _ fault: (PeerID) -> [Step]
    ) -> Scenario {
        var scenario = Scenario(name, peers: peers, seed: seed)
        scenario.steps = [.votes(3, at: 0, every: 200)]
        for liar in scenario.genesis.suffix(liars) { scenario.steps += fault(liar) }
        return scenario
    }

    /// Runs a scenario with the digests that files of evidence of simulations are checked with.
    private func run(_ scenario: Scenario) throws -> Simulation {
        var options = Simulation.Options()
        options.digests = DumpDigests(events: SimulatedDigests())
        var simulation = try Simulation(scenario, options: options)
        simulation.run()
        return simulation
    }

    /// The offences that were decided, by offender.
    private func decided(_ simulation: Simulation) -> [PeerID: Set<Offence>] {
        var result: [PeerID: Set<Offence>] = [:]
        for block in simulation.agreedBlocks {
            guard case .accusation(let offender, .shown(let offence)) = block.observation else { continue }
            result[offender, default: []].insert(offence)
        }
        return result
    }

    /// What each way of misbehaving is an offence of; nothing where no event shows it.
    private static let offences: [(way: Misbehaviour, offences: Set<Offence>)] = [
        (.doubleVoter, [.duplicateVote]), (.falseAccuser, [.invalidAccusation]), (.accomplice, [.accomplice]),
        (.wrongParents, [.invalidRequest, .invalidResponse]), (.lateGenesis, [.unexpectedGenesis]),
        (.silent, []), (.selective, []), (.replayer, []), (.flooder, []),
    ]

    @Test(
        "Each offence is decided, its author removed, the evidence holds elsewhere, and nobody else is accused",
        arguments: offences
    )
    func namedScenarios(way: Misbehaviour, offences: Set<Offence>) throws {
        var scenario = scenario("\(way.rawValue)", peers: 7, liars: 1, seed: 3) { [.misbehave($0, way, from: 200)] }
        // There has to be something for an accomplice to keep silent about.
        if way == .accomplice { scenario.steps.append(.fork("Fred", from: 300)) }
        let simulation = try run(scenario)
        #expect(simulation.violation == nil)
        let liar = try #require(scenario.genesis.last)
        let decided = decided(simulation)
        #expect(offences.isSubset(of: decided[liar] ?? []) == true || !offences.isDisjoint(with: decided[liar] ?? []))
        #expect(simulation.currentVoters.contains(liar) == offences.isEmpty)
        #expect(Set(decided.keys).isSubset(of: simulation.peers.filter { !$0.isHonest }.map(\.id)))
        for evidence in simulation.peers[0].engine.evidence { try expectConvincing(evidence, simulation.network) }
    }

    /// A process that has nothing but the file finds that the evidence holds, and that it does not about somebody else.
    private func expectConvincing(_ evidence: Evidence, _ network: Network) throws {
        for (offender, status) in [(evidence.offender, 0), (network.genesis[0], 1)] as [(PeerID, Int32)] {
            let claimed = Evidence(offender: offender, offence: evidence.offence, events: evidence.events)
            let file = EvidenceFile(network: network, evidence: claimed, digests: .simulated, signatures: .simulated)
            let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).evidence")
            try Data(file.encoded).write(to: path)
            defer { try? FileManager.default.removeItem(at: path) }
            let process = Process()
            process.executableURL = Bundle.main.executableURL?.deletingLastPathComponent()
                .appending(path: "parsec-graph")
            process.arguments = ["evidence", "check", path.path]
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            #expect(process.terminationStatus == status, "\(evidence.offence) by \(offender)")
        }
    }

    @Test(
        "Of two machines with one key, and of a peer restored from an old copy, the fork is found",
        arguments: [1, 2] as [UInt64]
    )
    func twins(seed: UInt64) throws {
        for fault in [{ Step.fork($0, from: 200) }, { Step.restore($0, age: 500, from: 700, to: 800) }]
            as [(PeerID) -> Step]
        {
            let simulation = try run(scenario("twins", peers: 4, liars: 1, seed: seed) { [fault($0)] })
            #expect(simulation.violation == nil)
            #expect(decided(simulation) == ["Dave": [.fork]])
            #expect(simulation.currentVoters == ["Alice", "Bob", "Carol"])
            let evidence = try #require(simulation.peers[0].engine.evidence.first { $0.offence == .fork })
            try expectConvincing(evidence, simulation.network)
        }
    }

    /// Small networks, unless `PARSEC_ADVERSARIES` names the most peers: 4, 7, 10 or 13.
    private static let sizes = stride(
        from: 4,
        through: ProcessInfo.processInfo.environment["PARSEC_ADVERSARIES"].flatMap { Int($0) } ?? 4,
        by: 3
    )

    @Test("As many liars as the protocol withstands, each of every kind, do no harm", arguments: Array(sizes))
    func mostLiars(peers: Int) throws {
        for (number, way) in Misbehaviour.allCases.enumerated() {
            let scenario = scenario(way.rawValue, peers: peers, liars: (peers - 1) / 3, seed: UInt64(number)) {
                [.misbehave($0, way, from: 150), .fork($0, from: 400)]
            }
            let simulation = try run(scenario)
            #expect(simulation.violation == nil, "\(peers) peers, \(way.rawValue)")
        }
    }

    @Test("With one liar more than the protocol withstands, the checker reports trouble")
    func tooManyLiars() throws {
        let violations = try [Misbehaviour.silent, .selective].map { way in
            try run(scenario("too many", peers: 4, liars: 2, seed: 1) { [.misbehave($0, way, from: 0)] }).violation?
                .kind
        }
        #expect(violations.contains("not-settled"))
    }

    @Test("A recording of liars replays to what it was")
    func recording() throws {
        var options = Simulation.Options()
        options.records = true
        let scenario = scenario("recorded", peers: 7, liars: 2, seed: 4) { liar in
            [.misbehave(liar, .doubleVoter, from: 100), .misbehave(liar, .accomplice, from: 100)]
        }
        var simulation = try Simulation(scenario, options: options)
        simulation.run()
        #expect(simulation.violation == nil)
        let engines = try #require(simulation.recording).replay()
        for peer in simulation.peers { #expect(engines[peer.id]?.first?.history.events == peer.engine.history.events) }
    }
}
