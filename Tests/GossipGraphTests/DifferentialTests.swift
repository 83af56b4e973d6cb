import GossipGraph
import ModelKit
import ParsecCore
import Simulation
import Testing

/// The relations of graphs with forks, in random causal orders, against their definitions.
@Suite struct DifferentialTests {
    private static let seeds: ClosedRange<UInt64> = 1...64

    @Test("Descent, sight and proven forks are those of the definitions, for all pairs of events", arguments: seeds)
    func relations(seed: UInt64) throws {
        let pair = try GraphPair.random(seed)
        let (model, graph) = (pair.model, pair.graph)
        var mismatches: [String] = []
        for (number, event) in pair.events.enumerated() {
            for (other, ancestor) in pair.events.enumerated() {
                if graph.isDescendant(event, of: ancestor) != model.isDescendant(number, of: other) {
                    mismatches.append("\(number) descends from \(other)")
                }
                if graph.sees(event, ancestor) != model.sees(number, other) {
                    mismatches.append("\(number) sees \(other)")
                }
                if graph.isSelfAncestor(ancestor, of: event) != model.isSelfDescendant(number, of: other) {
                    mismatches.append("\(other) is a self-ancestor of \(number)")
                }
            }
            for (peer, id) in zip(pair.peers, model.peers) {
                if graph.provesFork(event, by: peer) != model.provesFork(number, by: id) {
                    mismatches.append("\(number) proves a fork by \(id)")
                }
                let last = graph.lastAncestor(of: event, by: peer)
                if last != model.lastEvent(by: id, asSeenBy: number).map({ pair.events[$0] }) {
                    mismatches.append("the last event by \(id) seen by \(number)")
                }
            }
            let proven = Set(zip(pair.peers, model.peers).filter { model.provesFork(number, by: $1) }.map(\.0))
            if Set(graph.provenForkers(in: event)) != proven { mismatches.append("what \(number) proves") }
        }
        #expect(mismatches.isEmpty, "seed \(seed)")
        #expect(Set(graph.forkers) == Set(zip(pair.peers, model.peers).filter { model.forkers.contains($1) }.map(\.0)))
    }

    @Test("Strong sight counts the peers of whose last seen event sees the other", arguments: seeds)
    func strongSight(seed: UInt64) throws {
        let pair = try GraphPair.random(seed)
        let (model, graph) = (pair.model, pair.graph)
        var random = SeededGenerator(seed: seed)
        let voters = model.peers.filter { _ in random.chance(70) }
        let indices = Dictionary(uniqueKeysWithValues: zip(model.peers, pair.peers))
        let slow = SlowModel(graph: model)
        let slowThroughAll = SlowModel(graph: model, countsAllPeers: true)
        let quorum = Quorum(of: voters.count)
        var mismatches: [String] = []
        for (number, event) in pair.events.enumerated() {
            for _ in 0..<4 {
                let other = Int.random(in: pair.events.indices, using: &random)
                for (paths, slow) in [(voters, slow), (model.peers, slowThroughAll)] {
                    let count = model.paths(from: number, to: other, through: paths)
                    let through = paths.compactMap { indices[$0] }
                    for threshold in [1, count, count + 1] {
                        let found = graph.stronglySees(
                            event,
                            pair.events[other],
                            through: through,
                            threshold: threshold
                        )
                        if found != (count >= threshold) {
                            mismatches.append("\(number) sees \(other) through \(threshold) of \(paths)")
                        }
                    }
                    guard model.sees(number, other), !voters.isEmpty else { continue }
                    let expected = slow.stronglySees(number, other, voters: voters)
                    let found = graph.stronglySees(
                        event,
                        pair.events[other],
                        through: through,
                        threshold: quorum.supermajority
                    )
                    if found != expected { mismatches.append("\(number) strongly sees \(other)") }
                }
            }
        }
        #expect(mismatches.isEmpty, "seed \(seed)")
    }

    @Test("Counting sightings of many events at once gives each event's count of paths", arguments: seeds)
    func countSightings(seed: UInt64) throws {
        let pair = try GraphPair.random(seed)
        let (model, graph) = (pair.model, pair.graph)
        var random = SeededGenerator(seed: seed)
        var mismatches: [String] = []
        var counts = [UInt32](repeating: 77, count: graph.branches.count)
        for (number, event) in pair.events.enumerated() {
            let chosen = graph.branches.map { random.chance(80) ? $0.events.randomElement(using: &random) : nil }
            let targets = chosen.map { $0.map { $0.value + 1 } ?? UInt32.max }
            let paths = zip(pair.peers, model.peers).filter { _ in random.chance(75) }
            graph.countSightings(from: event, through: paths.map(\.0), of: targets, into: &counts)
            let expected = chosen.map { target -> UInt32 in
                guard let target else { return 0 }
                return UInt32(model.paths(from: number, to: pair.numbers([target])[0], through: paths.map(\.1)))
            }
            if counts != expected { mismatches.append("\(number): \(counts), expected \(expected)") }
        }
        #expect(mismatches.isEmpty, "seed \(seed)")
    }

    @Test("What is new, and what is old, is told in a causal order", arguments: seeds)
    func ancestors(seed: UInt64) throws {
        let pair = try GraphPair.random(seed)
        let (model, graph) = (pair.model, pair.graph)
        var random = SeededGenerator(seed: seed)
        var mismatches: [String] = []
        for (number, event) in pair.events.enumerated() {
            if pair.numbers(graph.ancestors(of: event)) != model.ancestors[number].elements {
                mismatches.append("ancestors of \(number)")
            }
        }
        for count in [0, 1, 1, 1, 2, 2, 3, 5, 8] {
            let known = (0..<count).map { _ in Int.random(in: model.events.indices, using: &random) }
            var ancestors = ModelBitSet()
            for event in known { ancestors.formUnion(model.ancestors[event]) }
            let expected = model.events.indices.filter { !ancestors.contains($0) }
            let found = graph.events(notAncestorsOf: known.map { pair.events[$0] })
            if pair.numbers(found) != expected { mismatches.append("no ancestors of \(known)") }
        }
        #expect(mismatches.isEmpty, "seed \(seed)")
        #expect(graph.events(notAncestorsOf: pair.events).isEmpty)
        #expect(graph.events(notAncestorsOf: []) == pair.events)
    }

    @Test("Newly seen votes are those of the ancestors that an older self-ancestor has not", arguments: seeds)
    func observationEvents(seed: UInt64) throws {
        let pair = try GraphPair.random(seed)
        let (model, graph) = (pair.model, pair.graph)
        var random = SeededGenerator(seed: seed)
        var mismatches: [String] = []
        for (number, event) in pair.events.enumerated() {
            let chain = model.selfAncestors[number].elements
            let choices: [Int?] = [nil, number, model.selfSyncParent(of: number), chain.randomElement(using: &random)]
            for older in choices {
                let expected = model.ancestors[number].elements.filter { ancestor in
                    !model.events[ancestor].cause.observations.isEmpty
                        && older.map { !model.isDescendant($0, of: ancestor) } ?? true
                }
                var found = [EventIndex(UInt32.max)]
                graph.appendObservationEvents(seenBy: event, butNotBy: older.map { pair.events[$0] }, to: &found)
                let appended = found.dropFirst()
                if found.first != EventIndex(UInt32.max) || pair.numbers(appended).sorted() != expected {
                    mismatches.append("seen by \(number), not by \(older.map(String.init) ?? "any")")
                }
                // Tallies rely on this order.
                let keys = appended.map { (graph.branch(of: $0), $0) }
                if zip(keys, keys.dropFirst()).contains(where: { $0 >= $1 }) { mismatches.append("order at \(number)") }
            }
        }
        #expect(mismatches.isEmpty, "seed \(seed)")
    }

    @Test("Chains, branches and indices by creator follow the self-parents", arguments: seeds)
    func chains(seed: UInt64) throws {
        let pair = try GraphPair.random(seed)
        let (model, graph) = (pair.model, pair.graph)
        var mismatches: [String] = []
        for (number, event) in pair.events.enumerated() {
            let index = model.indexByCreator[number]
            if graph.indexByCreator(of: event) != index { mismatches.append("index by creator of \(number)") }
            let parent = graph.selfSyncParent(of: event)
            if parent != model.selfSyncParent(of: number).map({ pair.events[$0] }) {
                mismatches.append("self sync parent of \(number)")
            }
            if graph.selfSyncAncestor(of: event) != (model.events[number].cause.isSync ? event : parent) {
                mismatches.append("self sync ancestor of \(number)")
            }
            let siblings = model.events.indices.filter {
                model.events[$0].creator == model.events[number].creator && model.indexByCreator[$0] == index
            }
            if pair.numbers(graph.events(by: graph.creator(of: event), at: index)) != siblings {
                mismatches.append("events beside \(number)")
            }
        }
        #expect(mismatches.isEmpty, "seed \(seed)")

        for (position, branch) in graph.branches.enumerated() {
            let tip = pair.numbers([branch.tip])[0]
            let chain = (0...branch.lastIndexByCreator).map {
                graph.event(onChainOf: BranchIndex(position), at: $0)
            }
            #expect(pair.numbers(chain) == model.selfAncestors[tip].elements, "seed \(seed), branch \(position)")
            #expect(graph.oldestIndexByCreator(onChainOf: BranchIndex(position)) == 0)
            #expect(branch.events.allSatisfy { graph.branch(of: $0) == BranchIndex(position) })
            #expect(branch.observationEvents == branch.events.filter { graph.kind(of: $0) == .observation })
        }
        for (peer, id) in zip(pair.peers, model.peers) {
            let own = model.events.indices.filter { model.events[$0].creator == id }
            let last = own.max { (model.indexByCreator[$0], $0) < (model.indexByCreator[$1], $1) }
            #expect(graph.lastEvent(by: peer) == last.map { pair.events[$0] }, "seed \(seed)")
            #expect(graph.branches(of: peer).reduce(0) { $0 + graph.branches[$1.position].events.count } == own.count)
        }
    }

    @Test(
        "A graph whose older events are gone answers as one that starts at 0, up to the last index there is",
        arguments: 1...8 as ClosedRange<UInt64>,
        [1, 1000, 0xFFFF_FFFF]
    )
    func startingAt(seed: UInt64, place: Int) throws {
        let plain = try GraphPair.random(seed)
        let count = plain.events.count
        let start = min(place, 0xFFFF_FFFE - count)
        var moved = try GraphPair.random(seed, startingAt: EventIndex(start))
        #expect(moved.graph.startIndex == EventIndex(start))
        #expect(moved.graph.count == count)
        func shift(_ event: EventIndex) -> EventIndex { EventIndex(Int(event.value) + start) }

        var mismatches = 0
        for event in plain.events {
            let here = shift(event)
            for other in plain.events {
                let (old, new) = (plain.graph, moved.graph)
                if old.isDescendant(event, of: other) != new.isDescendant(here, of: shift(other)) { mismatches += 1 }
                if old.sees(event, other) != new.sees(here, shift(other)) { mismatches += 1 }
            }
            if plain.graph.selfSyncParent(of: event).map(shift) != moved.graph.selfSyncParent(of: here) {
                mismatches += 1
            }
            if plain.graph.cause(of: event).kind != moved.graph.cause(of: here).kind { mismatches += 1 }
            if plain.graph.ancestors(of: event).map(shift) != moved.graph.ancestors(of: here) { mismatches += 1 }
            if plain.graph.provenForkers(in: event) != moved.graph.provenForkers(in: here) { mismatches += 1 }
            if Array(plain.graph.observations(of: event)) != Array(moved.graph.observations(of: here)) {
                mismatches += 1
            }
        }
        #expect(mismatches == 0, "seed \(seed)")
        #expect(plain.graph.branches.map { $0.events.map(shift) } == moved.graph.branches.map(\.events))

        guard moved.graph.count == moved.graph.capacity else { return }
        let tip = moved.graph.branches[0].tip
        #expect(throws: GraphError.graphFull) {
            try moved.insert(after: tip)
        }
    }
}

extension GraphPair {
    /// Adds an event to the product's graph only.
    fileprivate mutating func insert(after tip: EventIndex) throws {
        var graph = graph
        _ = try graph.insert(
            creator: graph.creator(of: tip),
            selfParent: tip,
            cause: .requesting(recipient: PeerIndex(0)),
            digest: Digest(words: .max, .max, .max, .max)
        )
    }
}

extension ModelGraph {
    /// The number of peers of which an event sees, last of all, an event that sees another.
    fileprivate func paths(from event: Int, to other: Int, through peers: [PeerID]) -> Int {
        peers.count { peer in lastEvent(by: peer, asSeenBy: event).map { sees($0, other) } ?? false }
    }
}
