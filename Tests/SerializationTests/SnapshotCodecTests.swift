import Consensus
import GossipGraph
import MetaVoting
import ParsecCore
import Serialization
import Simulation
import Testing
import Voting

/// Snapshots of engines as bytes.
@Suite struct SnapshotCodecTests {
    private func engines(seed: UInt64) throws -> [Engine] {
        var play = try Play.recorded(seed: seed)
        try play.run { _, _, _ in }
        return play.engines.keys.sorted().flatMap { play.engines[$0] ?? [] }
    }

    /// An engine with some twenty events of two peers.
    private func smallEngine() throws -> Engine {
        let network = Network(genesis: ["Alice", "Bob"])
        var alice = try Engine(member: .simulated("Alice"), of: network)
        var bob = try Engine(member: .simulated("Bob"), of: network)
        try alice.vote(for: [.opaque([1, 2, 3]), .opaque([4])])
        for _ in 0..<4 {
            if let response = try bob.receive(alice.gossip(to: "Bob"), from: "Alice").response {
                _ = try alice.receive(response, from: "Bob")
            }
        }
        try bob.vote(for: .add("Carol", info: [9]))
        return bob
    }

    private func decode(_ bytes: [UInt8], limits: WireLimits = WireLimits()) throws(WireError) -> History {
        try SnapshotCodec(limits: limits).decode(bytes, digests: SimulatedDigests(), signatures: .simulated)
    }

    /// Puts the right digest at the end of changed bytes.
    private func resealed(_ bytes: [UInt8]) -> [UInt8] {
        let body = Array(bytes.dropLast(Digest.byteCount))
        return body + SimulatedDigests().digest(body).bytes
    }

    private func error(_ bytes: [UInt8], limits: WireLimits = WireLimits()) -> WireError? {
        do {
            _ = try decode(bytes, limits: limits)
            return nil
        } catch { return error }
    }

    @Test("An engine made from its snapshot has the same snapshot", arguments: 1...2 as ClosedRange<UInt64>)
    func roundTrip(seed: UInt64) throws {
        for engine in try engines(seed: seed) {
            for compression in [0, 1, 9] {
                let codec = SnapshotCodec(compression: compression)
                let bytes = codec.encode(engine)
                let history = try decode(bytes)
                #expect(history == engine.history)
                let again = try Engine(restoring: history, with: engine.cryptography, limits: engine.limits)
                #expect(codec.encode(again) == bytes)
            }
        }
    }

    @Test("The snapshot of an engine without events holds what it was made from")
    func empty() throws {
        var network = Network(genesis: ["Alice", "Bob"], info: [1, 2, 3], mode: .single)
        let joiner = try Engine(joiner: .simulated("Carol"), of: network, contacts: ["Bob", "Alice", "Bob"])
        #expect(try decode(SnapshotCodec().encode(joiner)) == joiner.history)
        #expect(joiner.history.contacts == ["Alice", "Bob"])
        network = Network(genesis: ["Alice"], rules: .reference)
        let alone = try Engine(member: .simulated("Alice"), of: network)
        #expect(try decode(SnapshotCodec().encode(alone)) == alone.history)
    }

    @Test("A snapshot of more events than are deflated together is whole")
    func manyParts() throws {
        var engine = try Engine(member: .simulated("Alice"), of: Network(genesis: ["Alice"]))
        for number in 0..<2_050 as Range<UInt64> {
            try engine.vote(for: .opaque(withUnsafeBytes(of: number) { Array($0) }))
        }
        let bytes = SnapshotCodec().encode(engine)
        let history = try decode(bytes)
        #expect(history.events.count > 4_096 && history == engine.history)
    }

    @Test("Damage anywhere is noticed, and so is an end that is missing")
    func damage() throws {
        let engine = try smallEngine()
        let bytes = SnapshotCodec().encode(engine)
        for place in stride(from: 0, to: bytes.count, by: 3) {
            var changed = bytes
            changed[place] ^= 1 << UInt8(place % 8)
            #expect(error(changed) != nil)
            #expect(error(Array(bytes.prefix(place))) != nil)
        }
        var changed = bytes
        changed[bytes.count / 2] ^= 1
        #expect(error(changed)?.reason == .damaged)
        #expect(error(bytes + [0]) != nil)
    }

    @Test("A snapshot that was changed and sealed again gives an error or another history, and never a trap")
    func forgery() throws {
        let engine = try smallEngine()
        let bytes = SnapshotCodec(compression: 0).encode(engine)
        var (refused, unfit, taken) = (0, 0, 0)
        for (number, changed) in Mutations(of: bytes, seed: 5).prefix(1_000).enumerated() {
            let sealed = number % 2 == 0 ? resealed(changed) : resealed(Array(changed.dropLast(number % 50)))
            guard let history = try? decode(sealed) else {
                refused += 1
                continue
            }
            if (try? Engine(restoring: history, with: engine.cryptography, limits: engine.limits)) == nil {
                unfit += 1
            } else {
                taken += 1
            }
        }
        #expect(refused > 100 && unfit > 3 && taken > 10, "\(refused), \(unfit), \(taken)")
    }

    @Test("What is above a bound is refused, and names it")
    func bounds() throws {
        let engine = try smallEngine()
        let bytes = SnapshotCodec().encode(engine)
        func reason(_ change: (inout WireLimits) -> Void) -> WireLimits.Bound? {
            var limits = WireLimits()
            change(&limits)
            guard case .tooMany(let bound, _, _)? = error(bytes, limits: limits)?.reason else { return nil }
            return bound
        }
        #expect(reason { $0.snapshotBytes = bytes.count - 1 } == .snapshotBytes)
        #expect(reason { $0.inflatedBytes = 100 } == .inflatedBytes)
        #expect(reason { $0.peers = 1 } == .peers)
        #expect(reason { $0.observationBytes = 10 } == .observationBytes)
        #expect(reason { $0.observationsPerEvent = 0 } == .observationsPerEvent)
        #expect(reason { _ in } == nil)
    }
}
