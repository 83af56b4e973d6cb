import GossipGraph
import ParsecCore
import Testing

@Suite struct GraphTests {
    private let alice = PeerIndex(0)
    private let bob = PeerIndex(1)
    private let carol = PeerIndex(2)

    @Test("An event keeps what it was inserted with", arguments: [0, 12_345])
    func columns(start: Int) throws {
        var test = TestGraph(startingAt: EventIndex(start))
        let (a0, b0) = (try test.begin(alice), try test.begin(bob))
        let a1 = try test.vote(a0, [3, 1, 3])
        let a2 = try test.add(alice, after: a1, .requesting(recipient: bob))
        let b1 = try test.add(bob, after: b0, .request(otherParent: a2))
        let a3 = try test.add(alice, after: a2, .response(otherParent: b1))
        let a4 = try test.vote(a3, [2])
        let graph = test.graph

        #expect(Array(graph.events) == [a0, b0, a1, a2, b1, a3, a4])
        #expect(a0 == EventIndex(start))
        #expect(graph.startIndex == a0)
        #expect(graph.endIndex == EventIndex(start + 7))
        let kinds: [EventKind] = [.initial, .initial, .observation, .requesting, .request, .response, .observation]
        #expect(graph.events.map { graph.kind(of: $0) } == kinds)
        #expect(graph.events.map { graph.creator(of: $0) } == [alice, bob, alice, alice, bob, alice, alice])
        #expect(graph.events.map { graph.indexByCreator(of: $0) } == [0, 0, 1, 2, 1, 3, 4])
        #expect(graph.events.map { graph.selfParent(of: $0) } == [nil, nil, a0, a1, b0, a2, a3])
        #expect(graph.events.map { graph.otherParent(of: $0) } == [nil, nil, nil, nil, a2, b1, nil])
        #expect(graph.events.map { graph.selfSyncParent(of: $0) } == [nil, nil, nil, nil, nil, a2, a3])
        #expect(graph.events.map { graph.selfSyncAncestor(of: $0) } == [nil, nil, nil, a2, b1, a3, a3])
        #expect(graph.events.map { graph.recipient(of: $0) } == [nil, nil, nil, bob, nil, nil, nil])
        let observations = graph.events.map { graph.observations(of: $0).map(\.position) }
        #expect(observations == [[], [], [3, 1, 3], [], [], [], [2]])
        let causes: [Cause] = [
            .initial, .initial, .observation([3, 1, 3].map { ObservationIndex($0) }), .requesting(recipient: bob),
            .request(otherParent: a2), .response(otherParent: b1), .observation([ObservationIndex(2)]),
        ]
        #expect(graph.events.map { graph.cause(of: $0) } == causes)
        for event in graph.events {
            #expect(graph.contains(event))
            #expect(graph.event(withDigest: graph.digest(of: event)) == event)
        }
        #expect(!graph.contains(graph.endIndex))
        #expect(graph.event(withDigest: Digest(words: 1, 2, 3, 4)) == nil)
    }

    @Test("Inserting a digest twice gives the same event and changes nothing, whatever else it comes with")
    func sameDigest() throws {
        var test = TestGraph()
        let a0 = try test.begin(alice)
        let a1 = try test.extend(a0)
        let digest = test.graph.digest(of: a1)
        let cause = test.graph.cause(of: a1)
        #expect(try test.graph.insert(creator: alice, selfParent: a0, cause: cause, digest: digest) == a1)
        #expect(try test.graph.insert(creator: bob, selfParent: nil, cause: .initial, digest: digest) == a1)
        #expect(try test.graph.insert(creator: bob, selfParent: a0, cause: .observation([]), digest: digest) == a1)
        #expect(test.graph.count == 2)
        #expect(test.graph.branches.count == 1)
        #expect(test.graph.branches(of: bob).isEmpty)
        #expect(test.graph.forkers.isEmpty)
    }

    @Test("An empty graph has no events and no peers")
    func empty() {
        let graph = Graph(startingAt: EventIndex(9))
        #expect(graph.isEmptyOfEverything)
        #expect(graph.endIndex == EventIndex(9))
        #expect(graph.lastEvent(by: alice) == nil)
        #expect(graph.events(by: alice, at: 0).isEmpty)
        #expect(graph.events(notAncestorsOf: []).isEmpty)
    }

    @Test("A peer that has no events has no branches, whatever its index")
    func strangers() throws {
        var test = TestGraph()
        let c0 = try test.begin(carol)
        #expect(test.graph.peerCount == 3)
        for stranger in [alice, bob, PeerIndex(3), PeerIndex(1000)] {
            #expect(test.graph.branches(of: stranger).isEmpty)
            #expect(test.graph.lastEvent(by: stranger) == nil)
            #expect(test.graph.lastAncestor(of: c0, by: stranger) == nil)
            #expect(test.graph.lastAncestorIgnoringForks(of: c0, by: stranger) == nil)
            #expect(!test.graph.hasAncestor(c0, by: stranger))
            #expect(!test.graph.provesFork(c0, by: stranger))
        }
    }

    @Test("The last event of a peer is the last to arrive of those with the greatest index by creator")
    func lastEvent() throws {
        var test = TestGraph()
        let a0 = try test.begin(alice)
        let a1 = try test.extend(a0)
        let a2 = try test.extend(a1)
        #expect(test.graph.lastEvent(by: alice) == a2)
        let again1 = try test.extend(a0)
        #expect(test.graph.lastEvent(by: alice) == a2)
        let again2 = try test.extend(again1)
        #expect(test.graph.lastEvent(by: alice) == again2)
        let a3 = try test.extend(a2)
        #expect(test.graph.lastEvent(by: alice) == a3)
    }

    @Test("A cause keeps its kind and its parts when other things stand for them")
    func mappedCauses() {
        let causes: [(Cause, EventCause<String, String, String>)] = [
            (.initial, .initial),
            (.requesting(recipient: bob), .requesting(recipient: "peer 1")),
            (.request(otherParent: EventIndex(4)), .request(otherParent: "event 4")),
            (.response(otherParent: EventIndex(4)), .response(otherParent: "event 4")),
            (.observation([ObservationIndex(2), ObservationIndex(1)]), .observation(["2", "1"])),
        ]
        for (cause, expected) in causes {
            let mapped = cause.map(
                peer: { $0.description },
                parent: { $0.description },
                observation: { "\($0.position)" }
            )
            #expect(mapped == expected)
            #expect(mapped.kind == cause.kind)
            #expect(mapped.otherParent == cause.otherParent?.description)
            #expect(mapped.observations.count == cause.observations.count)
        }
        #expect(Set(causes.map(\.0.kind)) == Set(EventKind.allCases))
        #expect(EventKind.allCases.filter(\.isSync) == [.requesting, .request, .response])
    }
}

extension Graph {
    fileprivate var isEmptyOfEverything: Bool { count == 0 && events.isEmpty && branches.isEmpty && peerCount == 0 }
}
