import GossipGraph
import ParsecCore
import Testing

@Suite struct GraphErrorTests {
    private let alice = PeerIndex(0)
    private let bob = PeerIndex(1)

    @Test("A peer's first event has no self-parent and is an Initial event")
    func missingSelfParent() throws {
        var test = TestGraph()
        let b0 = try test.begin(bob)
        let causes: [Cause] = [
            .requesting(recipient: bob), .request(otherParent: b0), .response(otherParent: b0),
            .observation([ObservationIndex(0)]),
        ]
        for cause in causes { try expect(.missingSelfParent(kind: cause.kind), &test, alice, nil, cause) }
    }

    @Test("In a partial graph a peer's events may begin with any kind")
    func partial() throws {
        var test = TestGraph(completeness: .partial)
        let b0 = try test.add(bob, after: nil, .observation([ObservationIndex(0)]))
        let a0 = try test.add(alice, after: nil, .request(otherParent: b0))
        #expect(test.graph.selfParent(of: a0) == nil)
        #expect(test.graph.indexByCreator(of: a0) == 0)
        #expect(test.graph.isDescendant(a0, of: b0))
        #expect(test.graph.forkers.isEmpty)
    }

    @Test("An Initial event has no self-parent")
    func initialWithSelfParent() throws {
        var test = TestGraph()
        let a0 = try test.begin(alice)
        try expect(.initialWithSelfParent(a0), &test, alice, a0, .initial)
    }

    @Test("The self-parent is by the same creator")
    func selfParentByDifferentCreator() throws {
        var test = TestGraph()
        let a0 = try test.begin(alice)
        try expect(.selfParentByDifferentCreator(a0), &test, bob, a0, .requesting(recipient: alice))
    }

    @Test("The other-parent is by another creator")
    func otherParentBySameCreator() throws {
        var test = TestGraph()
        let a0 = try test.begin(alice)
        let a1 = try test.extend(a0)
        try expect(.otherParentBySameCreator(a0), &test, alice, a1, .request(otherParent: a0))
        try expect(.otherParentBySameCreator(a1), &test, alice, a1, .response(otherParent: a1))
    }

    @Test("Parents are in the graph", arguments: [0, 100])
    func unknownParent(start: Int) throws {
        var test = TestGraph(startingAt: EventIndex(start))
        let a0 = try test.begin(alice)
        let next = EventIndex(start + 1)
        try expect(.unknownParent(next), &test, alice, next, .requesting(recipient: bob))
        try expect(.unknownParent(next), &test, alice, a0, .request(otherParent: next))
        let later = EventIndex(start + 7)
        try expect(.unknownParent(later), &test, alice, a0, .response(otherParent: later))
        if start > 0 {
            let dropped = EventIndex(start - 1)
            try expect(.unknownParent(dropped), &test, alice, dropped, .requesting(recipient: bob))
            try expect(.unknownParent(dropped), &test, alice, a0, .request(otherParent: dropped))
            try expect(.unknownParent(EventIndex(0)), &test, alice, EventIndex(0), .initial)
        }
    }

    @Test("An Observation event votes for something")
    func noObservations() throws {
        var test = TestGraph()
        let a0 = try test.begin(alice)
        try expect(.noObservations, &test, alice, a0, .observation([]))
    }

    @Test("A graph takes no more events than its indices can number, but still finds those it has")
    func graphFull() throws {
        var test = TestGraph(startingAt: EventIndex(UInt32.max - 6))
        #expect(test.graph.capacity == 5)
        var tip = try test.begin(alice)
        let first = test.graph.digest(of: tip)
        for _ in 0..<4 { tip = try test.extend(tip) }
        #expect(test.graph.count == test.graph.capacity)
        try expect(.graphFull, &test, alice, tip, .requesting(recipient: bob))
        try expect(.graphFull, &test, bob, nil, .initial)
        #expect(throws: Never.self) {
            let again = try test.graph.insert(creator: alice, selfParent: nil, cause: .initial, digest: first)
            #expect(again == test.graph.startIndex)
        }
    }

    @Test("Every error says what is wrong in a sentence of its own")
    func descriptions() {
        let errors: [GraphError] = [
            .missingSelfParent(kind: .request), .initialWithSelfParent(EventIndex(4)),
            .selfParentByDifferentCreator(EventIndex(4)), .otherParentBySameCreator(EventIndex(4)),
            .unknownParent(EventIndex(4)), .noObservations, .graphFull,
        ]
        #expect(Set(errors.map(\.description)).count == errors.count)
    }

    /// Expects an error for an event, from `check` and from `insert`, and the graph unchanged.
    private func expect(
        _ error: GraphError,
        _ test: inout TestGraph,
        _ creator: PeerIndex,
        _ selfParent: EventIndex?,
        _ cause: Cause,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let (count, branchCount) = (test.graph.count, test.graph.branches.count)
        let digest = Digest(words: 0, 0, 0, 77)
        let checked = #expect(throws: GraphError.self, sourceLocation: sourceLocation) {
            try test.graph.check(creator: creator, selfParent: selfParent, cause: cause)
        }
        #expect(checked == error, sourceLocation: sourceLocation)
        let inserted = #expect(throws: GraphError.self, sourceLocation: sourceLocation) {
            _ = try test.graph.insert(creator: creator, selfParent: selfParent, cause: cause, digest: digest)
        }
        #expect(inserted == error, sourceLocation: sourceLocation)
        #expect(test.graph.count == count, sourceLocation: sourceLocation)
        #expect(test.graph.branches.count == branchCount, sourceLocation: sourceLocation)
        #expect(test.graph.event(withDigest: digest) == nil, sourceLocation: sourceLocation)
    }
}
