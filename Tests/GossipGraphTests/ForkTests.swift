import GossipGraph
import ParsecCore
import Testing

@Suite struct ForkTests {
    private let alice = PeerIndex(0)
    private let bob = PeerIndex(1)

    @Test("A peer with 40 branches: each event knows exactly its own, and the first with two proves the fork")
    func manyBranches() throws {
        var test = TestGraph()
        var chain = [try test.begin(alice)]
        for _ in 0..<10 { chain.append(try test.extend(chain[chain.count - 1])) }
        let b0 = try test.begin(bob)
        let branchStarts = try (0..<39).map { try test.extend(chain[$0 % 10]) }
        #expect(test.graph.branches(of: alice).count == 40)
        #expect(test.graph.branches.count == 41)

        let readers = try branchStarts.map { start in try test.join(b0, start) }
        for (number, reader) in readers.enumerated() {
            let seen = branchStarts.filter { test.graph.isDescendant(reader, of: $0) }
            #expect(seen == [branchStarts[number]])
            let ofChain = chain.filter { test.graph.isDescendant(reader, of: $0) }
            #expect(ofChain == Array(chain.prefix(number % 10 + 1)))
            #expect(!test.graph.provesFork(reader, by: alice))
            #expect(test.graph.lastAncestor(of: reader, by: alice) == branchStarts[number])
        }

        var collector = try test.begin(PeerIndex(2))
        for (number, start) in branchStarts.enumerated() {
            collector = try test.join(collector, start)
            #expect(test.graph.provesFork(collector, by: alice) == (number > 0))
            let seen = branchStarts.filter { test.graph.isDescendant(collector, of: $0) }
            #expect(seen == Array(branchStarts.prefix(number + 1)))
        }
        #expect(test.graph.ancestors(of: collector).filter { branchStarts.contains($0) } == branchStarts)
        #expect(test.graph.lastAncestor(of: collector, by: alice) == nil)
    }

    @Test("A second Initial event opens a branch without a fork point, and both together prove the fork")
    func secondInitial() throws {
        var test = TestGraph()
        let (a0, b0) = (try test.begin(alice), try test.begin(bob))
        let again = try test.begin(alice)
        let branch = test.graph.branches[test.graph.branch(of: again).position]
        #expect(branch.creator == alice)
        #expect(branch.forkPoint == nil && branch.origin == nil)
        #expect(branch.firstIndexByCreator == 0)
        #expect(Array(test.graph.forkers) == [alice])
        #expect(test.graph.events(by: alice, at: 0) == [a0, again])
        #expect(!test.graph.isSelfAncestor(a0, of: again))

        let b1 = try test.join(b0, a0)
        #expect(!test.graph.provesFork(b1, by: alice))
        #expect(test.graph.sees(b1, a0))
        let b2 = try test.join(b1, again)
        #expect(test.graph.provesFork(b2, by: alice))
        #expect(!test.graph.sees(b2, a0) && !test.graph.sees(b2, again))
    }

    @Test("A fork of a fork: chains, indices and fork points follow the self-parents")
    func forkOfFork() throws {
        var test = TestGraph()
        let a0 = try test.begin(alice)
        let a1 = try test.extend(a0)
        let a2 = try test.extend(a1)
        let b1 = try test.extend(a0)
        let b2 = try test.extend(b1)
        let b3 = try test.extend(b2)
        let c2 = try test.extend(b1)
        let c3 = try test.extend(c2)
        let d3 = try test.extend(c2)
        let graph = test.graph

        #expect(graph.branches.map(\.events) == [[a0, a1, a2], [b1, b2, b3], [c2, c3], [d3]])
        #expect(graph.branches.map(\.forkPoint) == [nil, a0, b1, c2])
        #expect(graph.branches.map(\.origin) == [nil, BranchIndex(0), BranchIndex(1), BranchIndex(2)])
        #expect(graph.branches.map(\.firstIndexByCreator) == [0, 1, 2, 3])
        #expect(graph.branches.map(\.lastIndexByCreator) == [2, 3, 3, 3])
        #expect(graph.branches.map(\.tip) == [a2, b3, c3, d3])
        #expect(graph.events(by: alice, at: 2) == [a2, b2, c2])
        #expect(graph.events(by: alice, at: 3) == [b3, c3, d3])
        #expect(graph.events(by: alice, at: 4).isEmpty && graph.events(by: alice, at: -1).isEmpty)
        #expect((0...3).map { graph.event(onChainOf: BranchIndex(3), at: $0) } == [a0, b1, c2, d3])
        #expect(graph.oldestIndexByCreator(onChainOf: BranchIndex(3)) == 0)
        let own = graph.events.filter { graph.isSelfAncestor($0, of: d3) }
        #expect(own == [a0, b1, c2, d3])
        #expect(graph.ancestors(of: d3) == own)
    }

    @Test("A forker that takes in its own other branch proves its fork to itself")
    func forkerProvesItself() throws {
        var test = TestGraph()
        let (a0, b0) = (try test.begin(alice), try test.begin(bob))
        let a1 = try test.extend(a0)
        let again = try test.extend(a0)
        let b1 = try test.join(b0, a1)
        let joined = try test.join(again, b1)
        #expect(test.graph.provesFork(joined, by: alice))
        #expect(!test.graph.sees(joined, joined))
        #expect(!test.graph.provesFork(b1, by: alice))
        let later = try test.extend(joined)
        #expect(test.graph.provesFork(later, by: alice))
        #expect(test.graph.lastAncestor(of: later, by: alice) == nil)
    }

    @Test("Events before a fork became known prove nothing, and a fork of another peer adds to what is proven")
    func proofsAccumulate() throws {
        var test = TestGraph()
        var (a, b, c) = (try test.begin(alice), try test.begin(bob), try test.begin(PeerIndex(2)))
        let (a0, b0) = (a, b)
        c = try test.join(c, a0)
        let early = c
        a = try test.extend(a0)
        let a1 = a
        let aAgain = try test.extend(a0)
        b = try test.extend(b0)
        let b1 = b
        let bAgain = try test.extend(b0)
        for (parent, proven) in [(a1, []), (b1, []), (bAgain, [bob]), (aAgain, [alice, bob])] {
            c = try test.join(c, parent)
            #expect(Array(test.graph.provenForkers(in: c)) == proven)
        }
        #expect(test.graph.provenForkers(in: early).isEmpty)
        let d = try test.join(try test.begin(PeerIndex(3)), c)
        #expect(Array(test.graph.provenForkers(in: d)) == [alice, bob])
    }
}
