import GraphFormats
import Membership
import ParsecCore
import Testing
import Voting

/// The events of a dump are fed as they reached the one who recorded them.
@Suite struct ReplayOrderTests {
    private func name(_ dump: GraphDump, _ event: Int) -> String {
        "\(dump.events[event].creator.description.prefix(1))\(dump.events[event].indexByCreator)"
    }

    private func names(_ dump: GraphDump) -> [String] { ReplayOrder.order(of: dump).map { name(dump, $0) } }

    /// A dump of Alice's, from events each given as creator, cause and other-parent.
    private func dump(_ events: [(PeerID, GraphDump.Cause, Int?)]) -> GraphDump {
        var last: [PeerID: Int] = [:]
        var indices: [PeerID: Int] = [:]
        var result: [GraphDump.Event] = []
        for (position, (creator, cause, otherParent)) in events.enumerated() {
            result.append(
                GraphDump.Event(
                    creator: creator,
                    indexByCreator: indices[creator, default: 0],
                    cause: cause,
                    selfParent: last[creator],
                    otherParent: otherParent
                )
            )
            last[creator] = position
            indices[creator, default: 0] += 1
        }
        let peers = ["Alice", "Bob", "Carol"].map { GraphDump.Peer(id: $0, state: .init()) }
        return GraphDump(ourID: "Alice", peers: peers, mode: .single, events: result)
    }

    private let accusation = GraphDump.Cause.observation([.accusation(offender: "Carol", .fork("C_1"))])
    private let message = GraphDump.Cause.observation([.keyGeneration(.part, number: 0, message: [])])
    private let vote = GraphDump.Cause.observation([.opaque("x")])

    @Test("Before an answer to a message come the events of the message, and no others")
    func messages() throws {
        let dump = dump([
            ("Alice", .initial, nil), ("Alice", vote, nil),
            ("Bob", .initial, nil), ("Bob", vote, nil), ("Bob", .requesting(recipient: "Alice"), nil),
            ("Carol", .initial, nil), ("Carol", .requesting(recipient: "Bob"), nil),
            ("Alice", .request, 4), ("Bob", .request, 6), ("Alice", .requesting(recipient: "Carol"), nil),
        ])
        #expect(names(dump) == ["A0", "A1", "B0", "B1", "B2", "A2", "A3", "C0", "C1", "B3"])
    }

    @Test("Accusations and messages of a key generation wait for the next sync event, behind what it brings")
    func madeAnew() throws {
        let dump = dump([
            ("Alice", .initial, nil), ("Alice", vote, nil), ("Alice", accusation, nil), ("Alice", message, nil),
            ("Bob", .initial, nil), ("Bob", .requesting(recipient: "Alice"), nil), ("Alice", .request, 5),
            ("Alice", message, nil), ("Alice", .requesting(recipient: "Bob"), nil),
        ])
        #expect(names(dump) == ["A0", "A1", "B0", "B1", "A2", "A3", "A4", "A5", "A6"])
    }

    @Test("What waits still comes before what is built on it")
    func selfChild() throws {
        let dump = dump([
            ("Alice", .initial, nil), ("Alice", accusation, nil), ("Alice", vote, nil),
            ("Bob", .initial, nil), ("Alice", .request, 3),
        ])
        #expect(names(dump) == ["A0", "A1", "A2", "B0", "A3"])
    }

    @Test("What waits for a sync event that never comes is fed at the end")
    func leftOver() throws {
        let dump = dump([("Alice", .initial, nil), ("Alice", accusation, nil), ("Bob", .initial, nil)])
        #expect(names(dump) == ["A0", "A1", "B0"])
    }

    @Test("Other peers' accusations do not wait")
    func foreign() throws {
        let dump = dump([
            ("Alice", .initial, nil), ("Bob", .initial, nil), ("Bob", accusation, nil),
            ("Bob", .requesting(recipient: "Alice"), nil), ("Alice", .request, 3),
        ])
        #expect(names(dump) == ["A0", "B0", "B1", "B2", "A1"])
    }

    @Test("Each event is fed once, parents before children", arguments: 1...40 as ClosedRange<UInt64>)
    func causal(seed: UInt64) throws {
        let graph = RandomGraph(peers: 4, events: 80, forks: seed % 2 == 0, seed: seed)
        let order = ReplayOrder.order(of: graph.dump)
        #expect(order.sorted() == Array(graph.dump.events.indices))
        var isFed: Set<Int> = []
        for event in order {
            let parents = [graph.dump.events[event].selfParent, graph.dump.events[event].otherParent]
            #expect(parents.compactMap { $0 }.allSatisfy(isFed.contains))
            isFed.insert(event)
        }
    }
}
