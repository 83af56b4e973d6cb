import Consensus
import GossipGraph
import Membership
import ParsecCore
import Simulation
import Testing
import Voting

/// A member that sends whatever it likes, under its own key.
@Suite struct HostileMessageTests {
    /// What a call must not change when it fails.
    private struct Snapshot: Equatable {
        let events: Int
        let blocks: Int
        let state: PeerState
        let voters: [PeerID]

        init(_ engine: Engine) {
            events = engine.agreement.graph.count
            blocks = engine.waitingBlocks
            state = engine.state
            voters = engine.voters
        }
    }

    @Test(
        "Whatever a liar sends, a refused message changes nothing, and the others agree",
        arguments: 1...12 as ClosedRange<UInt64>
    )
    func liar(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let honest: [PeerID] = ["Alice", "Bob", "Carol"]
        var net = try TestNetwork(honest + ["Mallory"], mode: seed % 2 == 0 ? .single : .supermajority)
        var seen: [GossipEvent] = []
        var payloads = 0
        var isChanged = false
        for _ in 0..<150 {
            let sender = net.engines.keys.sorted().randomElement(using: &random) ?? "Alice"
            let receiver = honest.filter { $0 != sender }.randomElement(using: &random) ?? "Alice"
            if Int.random(in: 0..<10, using: &random) == 0 {
                payloads += 1
                for name in honest { try net[name].vote(for: payload("\(payloads)")) }
            }
            guard sender == "Mallory" else {
                try net.exchange(sender, receiver)
                continue
            }
            // Once its forks are known, the others vote it out.
            guard net["Mallory"].gossipRecipients.contains(receiver) else { continue }
            let request = try net["Mallory"].gossip(to: receiver)
            seen += request.events
            let message = changed(request, seen, receiver, net, using: &random)
            isChanged = isChanged || message != request
            let before = Snapshot(net[receiver])
            do {
                let receipt = try net[receiver].receive(message, from: "Mallory")
                let after = Snapshot(net[receiver])
                #expect(after.events >= before.events + receipt.accepted)
                if let response = receipt.response { _ = try net["Mallory"].receive(response, from: receiver) }
            } catch {
                #expect(Snapshot(net[receiver]) == before, "seed \(seed): \(error)")
            }
        }
        #expect(isChanged)
        for _ in 0..<12 {
            for (sender, receiver) in zip(honest, honest.dropFirst() + honest.prefix(1)) {
                try net.exchange(sender, receiver)
            }
        }
        let blocks = honest.map { net.blocks($0).map(\.digest) }
        let longest = try #require(blocks.max { $0.count < $1.count })
        for sequence in blocks { #expect(sequence[...] == longest.prefix(sequence.count), "seed \(seed)") }
        #expect(longest.count > 1, "seed \(seed)")
    }

    /// A message with events left out, repeated, exchanged or replaced by others that the liar signs itself.
    private func changed(
        _ message: GossipMessage,
        _ seen: [GossipEvent],
        _ receiver: PeerID,
        _ net: TestNetwork,
        using random: inout SeededGenerator
    ) -> GossipMessage {
        var events = message.events
        for _ in 0..<Int.random(in: 0...3, using: &random) where !events.isEmpty {
            let place = Int.random(in: events.indices, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: events.remove(at: place)
            case 1: events.append(events[place])
            case 2: events.swapAt(place, Int.random(in: events.indices, using: &random))
            case 3: events.insert(seen.randomElement(using: &random) ?? events[place], at: place)
            case 4: events.insert(invented(seen, receiver, net, using: &random), at: place)
            default: events.append(invented(seen, receiver, net, using: &random))
            }
        }
        let kind: GossipMessage.Kind = Int.random(in: 0..<8, using: &random) == 0 ? .response : .request
        return GossipMessage(kind: kind, events: events)
    }

    /// An event by the liar with parents and a cause of its choice: mostly a fork.
    private func invented(
        _ seen: [GossipEvent],
        _ receiver: PeerID,
        _ net: TestNetwork,
        using random: inout SeededGenerator
    ) -> GossipEvent {
        let digests = seen.map { digest($0, net) }
        let own = zip(seen, digests).filter { $0.0.creator == "Mallory" }.map(\.1)
        let selfParent = Int.random(in: 0..<10, using: &random) == 0 ? digests.randomElement(using: &random) : own.last
        let other = digests.randomElement(using: &random) ?? digests[0]
        let cause: GossipEvent.Cause =
            switch Int.random(in: 0..<7, using: &random) {
            case 0: .initial
            case 1: .request(otherParent: other)
            case 2: .response(otherParent: other)
            case 3: .observation([payload("\(Int.random(in: 0..<20, using: &random))"), payload("junk")])
            case 4: .observation([])
            case 5: .requesting(recipient: Int.random(in: 0..<2, using: &random) == 0 ? "Nobody" : "Bob")
            default: .requesting(recipient: receiver)
            }
        let unsigned = GossipEvent(
            creator: "Mallory",
            selfParent: selfParent,
            cause: cause,
            signature: Signature(words: .zero)
        )
        if Int.random(in: 0..<10, using: &random) == 0 { return unsigned }
        let signature = SimulatedSigner(id: "Mallory").sign(digest(unsigned, net))
        return GossipEvent(creator: "Mallory", selfParent: selfParent, cause: cause, signature: signature)
    }

    private func digest(_ event: GossipEvent, _ net: TestNetwork) -> Digest {
        EventHeader(
            network: net["Alice"].networkDigest,
            creator: event.creator,
            selfParent: event.selfParent,
            cause: event.cause.mapObservations { SimulatedDigests().digest(of: $0) },
            function: SimulatedDigests()
        ).digest(using: SimulatedDigests())
    }
}
