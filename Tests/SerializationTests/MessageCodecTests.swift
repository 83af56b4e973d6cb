import Consensus
import GossipGraph
import ParsecCore
import Serialization
import Simulation
import Testing
import Voting

/// Gossip messages as bytes.
@Suite struct MessageCodecTests {
    @Test(
        "A message decodes to what was encoded, with delays, losses, forks, joiners and leavers, deflated or not",
        arguments: 1...3 as ClosedRange<UInt64>
    )
    func roundTrip(seed: UInt64) throws {
        var play = try Play.recorded(seed: seed)
        var messages = 0
        var byDigest = 0
        try play.run { message, sender, receiver in
            for compression in [0, 1] {
                let codec = MessageCodec(compression: compression)
                let bytes = codec.encode(message, from: sender)
                let decoded = try codec.decode(bytes, for: receiver)
                // A forker's two machines lack each other's events, and what they send is not for the other's friends.
                if sender.id == "Dave" || receiver.id == "Dave" {
                    #expect(decoded.message.events.count + decoded.unplaced == message.events.count)
                } else {
                    #expect(decoded.message == message && decoded.unplaced == 0)
                }
            }
            messages += 1
            byDigest += sender.agreement.graph.forkers.isEmpty ? 0 : 1
        }
        #expect(messages > 50 && byDigest > 10)
    }

    @Test("A sync event costs at most 100 bytes with its signature, and messages of many events deflate")
    func size() throws {
        var play = try Play.recorded(seed: 4, forks: false, bytes: 64)
        var (events, bytes, votes, deflated) = (0, 0, 0, 0)
        try play.run { message, sender, _ in
            let codec = MessageCodec()
            let size = codec.encode(message, from: sender).count
            if size < MessageCodec(compression: 0).encode(message, from: sender).count { deflated += 1 }
            guard message.events.count >= 10 else { return }
            events += message.events.count
            bytes += size
            votes += message.events.reduce(0) { $0 + $1.cause.observations.count }
        }
        #expect(events > 100 && deflated > 10)
        #expect(bytes - 80 * votes < 100 * events, "\(bytes) bytes for \(events) events with \(votes) votes")
    }

    @Test("Cut at any byte, or with any byte changed, a message is refused or says something else, and nothing traps")
    func changes() throws {
        var play = try Play.recorded(seed: 2)
        var samples: [(bytes: [UInt8], receiver: Engine, isDeflated: Bool)] = []
        var count = 0
        try play.run { message, sender, receiver in
            count += 1
            guard count > 30, samples.count < 4, (3...12).contains(message.events.count), sender.id != "Dave",
                receiver.id != "Dave"
            else { return }
            let compression = samples.count % 2
            let bytes = MessageCodec(compression: compression).encode(message, from: sender)
            samples.append((bytes, receiver, compression > 0))
        }
        #expect(samples.count == 4)
        let codec = MessageCodec()
        // DEFLATE has several encodings of the same bytes: where it is used, a change may make no difference.
        for (bytes, receiver, isDeflated) in samples {
            let original = try codec.decode(bytes, for: receiver)
            for count in 0..<bytes.count {
                #expect(throws: WireError.self) { try codec.decode(Array(bytes.prefix(count)), for: receiver) }
            }
            #expect(throws: WireError.self) { try codec.decode(bytes + [0], for: receiver) }
            for place in bytes.indices {
                var changed = bytes
                changed[place] ^= UInt8(1 << (place % 8))
                guard let decoded = try? codec.decode(changed, for: receiver), !isDeflated else { continue }
                #expect(decoded != original)
            }
        }
    }

    @Test("A bomb is refused before it is inflated, and one that lies about its size costs no more than it says")
    func bombs() throws {
        var play = try Play.recorded(seed: 1)
        var found: ([UInt8], Engine)?
        try play.run { message, sender, receiver in
            if found == nil, message.events.count > 30 {
                found = (MessageCodec().encode(message, from: sender), receiver)
            }
        }
        let (bytes, receiver) = try #require(found)
        var limits = WireLimits()
        limits.inflatedBytes = 50
        do {
            _ = try MessageCodec(limits: limits).decode(bytes, for: receiver)
            Issue.record("taken")
        } catch {
            guard case .tooMany(.inflatedBytes, _, 50) = error.reason else {
                Issue.record("\(error)")
                return
            }
        }
        limits = WireLimits()
        limits.eventsPerMessage = 10
        do {
            _ = try MessageCodec(limits: limits).decode(bytes, for: receiver)
            Issue.record("taken")
        } catch {
            guard case .tooMany(.eventsPerMessage, _, 10) = error.reason else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test("A message of another network, version, or kind of digests or signatures is refused")
    func foreign() throws {
        let alice = try Engine(member: .simulated("Alice"), of: Network(genesis: ["Alice", "Bob"]))
        let stranger = try Engine(member: .simulated("Bob"), of: Network(genesis: ["Alice", "Bob", "Carol"]))
        var sender = alice
        let bytes = MessageCodec().encode(try sender.gossip(to: "Bob"), from: sender)
        func reason(_ bytes: [UInt8], _ engine: Engine) -> WireError? {
            do {
                _ = try MessageCodec().decode(bytes, for: engine)
                return nil
            } catch { return error }
        }
        #expect(reason(bytes, alice) == nil)
        #expect(reason(bytes, stranger)?.reason == .otherNetwork)
        for place in 0..<4 {
            var changed = bytes
            changed[place] = 77
            #expect(
                reason(changed, alice)
                    == WireError(.unknown(77), field: reason(changed, alice)?.field ?? "", offset: place)
            )
        }
    }

    @Test("An event that builds on what the receiver lacks is not placed, and neither is what builds on it")
    func unplaced() throws {
        let network = Network(genesis: ["Alice", "Bob"])
        var alice = try Engine(member: .simulated("Alice"), of: network)
        let bob = try Engine(member: .simulated("Bob"), of: network)
        let whole = try alice.gossip(to: "Bob")
        let part = GossipMessage(kind: .request, events: Array(whole.events.dropFirst()))
        let decoded = try MessageCodec().decode(MessageCodec().encode(part, from: alice), for: bob)
        #expect(decoded.unplaced == 2 && decoded.message.events.isEmpty)
    }
}
