import Accountability
import Consensus
import GossipGraph
import Membership
import ParsecCore
import Serialization
import Simulation
import Testing
import Voting

/// Each offence shows in the graph, the others accuse its author by themselves, and remove it.
@Suite struct OffenceTests {
    /// Peers of which the events of some, usually Dave, are made by hand.
    private struct Net {
        let network: Network
        var engines: [PeerID: Engine] = [:]

        init(honest: [PeerID] = ["Alice", "Bob", "Carol"], liars: [PeerID] = ["Dave"]) throws {
            network = Network(genesis: honest + liars)
            for name in honest { engines[name] = try Engine(member: .simulated(name), of: network) }
        }

        func digest(_ event: GossipEvent) -> Digest {
            EventHeader(
                network: network.digest(using: SimulatedDigests()),
                creator: event.creator,
                selfParent: event.selfParent,
                cause: event.cause.mapObservations { SimulatedDigests().digest(of: $0) },
                function: SimulatedDigests()
            ).digest(using: SimulatedDigests())
        }

        /// An event on top of another.
        func event(after parent: GossipEvent?, _ cause: GossipEvent.Cause, by liar: PeerID = "Dave") -> GossipEvent {
            let selfParent = parent.map(digest)
            let unsigned = GossipEvent(
                creator: liar,
                selfParent: selfParent,
                cause: cause,
                signature: Signature(words: .zero)
            )
            return GossipEvent(
                creator: liar,
                selfParent: selfParent,
                cause: cause,
                signature: SimulatedSigner(id: liar).sign(digest(unsigned))
            )
        }

        /// A chain of events that begins as it should.
        func chain(_ causes: [GossipEvent.Cause], by liar: PeerID = "Dave") -> [GossipEvent] {
            var result = [event(after: nil, .initial, by: liar)]
            for cause in [.observation([network.genesisObservation])] + causes {
                result.append(event(after: result.last, cause, by: liar))
            }
            return result
        }

        /// Gives events to a peer as a liar's request.
        mutating func deliver(
            _ events: [GossipEvent],
            to peer: PeerID,
            after tip: GossipEvent? = nil,
            by liar: PeerID = "Dave"
        ) throws -> Receipt {
            let head = event(after: tip ?? events.last, .requesting(recipient: peer), by: liar)
            guard var engine = engines[peer] else { preconditionFailure("no such peer") }
            defer { engines[peer] = engine }
            return try engine.receive(GossipMessage(kind: .request, events: events + [head]), from: liar)
        }

        /// Exchanges between all that are left.
        mutating func settle() throws {
            let names = engines.keys.sorted()
            for _ in 0..<8 {
                for sender in names {
                    for receiver in names where receiver != sender {
                        guard let request = try engines[sender]?.gossip(to: receiver),
                            let response = try engines[receiver]?.receive(request, from: sender).response
                        else { continue }
                        _ = try engines[sender]?.receive(response, from: receiver)
                    }
                }
            }
        }

        /// The blocks of accusations that a peer has come to.
        mutating func accusations(of peer: PeerID) -> [Observation] {
            var result: [Observation] = []
            while let block = engines[peer]?.nextBlock() {
                if case .accusation = block.observation { result.append(block.observation) }
            }
            return result
        }

        /// Settles; all have to have removed Dave for one offence, and accused nobody else.
        mutating func expectRemoval(for offence: Offence) throws {
            try settle()
            for name in engines.keys.sorted() {
                #expect(engines[name]?.voters == ["Alice", "Bob", "Carol"], "\(name), \(offence)")
                let accusations = accusations(of: name)
                #expect(
                    accusations.first == .accusation(offender: "Dave", malice: .shown(offence)),
                    "\(name), \(offence)"
                )
                for case .accusation(let offender, _) in accusations { #expect(offender == "Dave") }
            }
            try expectEvidence(of: offence, by: "Dave")
        }

        /// Alice has evidence of an offence, and whoever gets it as a file can check it; changed evidence does not hold.
        func expectEvidence(of offence: Offence, by offender: PeerID) throws {
            let all = try #require(engines["Alice"]?.evidence)
            let evidence = try #require(all.first { $0.offence == offence && $0.offender == offender })
            let file = EvidenceFile(network: network, evidence: evidence, digests: .simulated, signatures: .simulated)
            let read = try EvidenceFile(encoded: file.encoded)
            #expect(read == file)
            func check(_ evidence: Evidence) throws(EvidenceError) {
                try evidence.verify(network: read.network, digests: SimulatedDigests(), verifier: SimulatedVerifier())
            }
            try check(read.evidence)
            func changed(_ events: [GossipEvent], of offence: Offence, by offender: PeerID = "Dave") -> Evidence {
                Evidence(offender: offender, offence: offence, events: events)
            }
            let events = evidence.events
            #expect(throws: EvidenceError.notShown) { try check(changed(events, of: offence, by: "Alice")) }
            for other in Offence.allCases where !all.contains(where: { $0.offence == other }) {
                #expect(throws: EvidenceError.self) { try check(changed(events, of: other, by: offender)) }
            }
            #expect(throws: EvidenceError.self) { try check(changed(events.dropLast(), of: offence)) }
            #expect(throws: EvidenceError.self) { try check(changed(Array(events.dropFirst()), of: offence)) }
            let forged = GossipEvent(
                creator: events[0].creator,
                selfParent: events[0].selfParent,
                cause: events[0].cause,
                signature: Signature(words: .zero)
            )
            #expect(throws: EvidenceError.badSignature(position: 0)) {
                try check(changed([forged] + events.dropFirst(), of: offence))
            }
            let other = Network(genesis: ["Alice", "Dave"])
            #expect(throws: EvidenceError.badSignature(position: 0)) {
                try evidence.verify(network: other, digests: SimulatedDigests(), verifier: SimulatedVerifier())
            }
        }
    }

    private let payload = Observation.opaque([1, 2, 3])

    @Test("A peer that makes two events on one self-parent is removed")
    func fork() throws {
        var net = try Net()
        let trunk = net.chain([.observation([payload])])
        _ = try net.deliver(trunk, to: "Alice")
        let other = net.event(after: trunk[1], .observation([.opaque([9])]))
        _ = try net.deliver(trunk.prefix(2) + [other], to: "Bob")
        try net.expectRemoval(for: .fork)
    }

    @Test("A fork right after the first event, which the reference does not notice, is one as well")
    func forkOfFirstEvent() throws {
        var net = try Net()
        _ = try net.deliver(net.chain([]), to: "Alice")
        let initial = net.event(after: nil, .initial)
        let other = net.event(after: initial, .observation([net.network.genesisObservation, payload]))
        _ = try net.deliver([initial, other], to: "Bob")
        try net.expectRemoval(for: .fork)
    }

    @Test("A peer that votes twice for a payload is removed, in one event after another or much later")
    func duplicateVote() throws {
        var net = try Net()
        let causes: [GossipEvent.Cause] = [
            .observation([payload]), .observation([.opaque([4])]), .observation([payload]),
        ]
        _ = try net.deliver(net.chain(causes), to: "Alice")
        try net.expectRemoval(for: .duplicateVote)
    }

    @Test("A peer that votes for another genesis is removed")
    func incorrectGenesis() throws {
        var net = try Net()
        let initial = net.event(after: nil, .initial)
        let genesis = net.event(after: initial, .observation([.genesis(group: ["Alice", "Dave"], info: [])]))
        _ = try net.deliver([initial, genesis], to: "Alice")
        try net.expectRemoval(for: .incorrectGenesis)
    }

    @Test("A founder whose second event does not vote for the genesis is removed")
    func missingGenesis() throws {
        var net = try Net()
        let initial = net.event(after: nil, .initial)
        _ = try net.deliver([initial, net.event(after: initial, .observation([payload]))], to: "Alice")
        try net.expectRemoval(for: .missingGenesis)
    }

    @Test("A vote for the genesis elsewhere than on the first event is an offence")
    func unexpectedGenesis() throws {
        var net = try Net()
        let initial = net.event(after: nil, .initial)
        let vote = net.event(after: initial, .observation([payload]))
        let late = net.event(after: vote, .observation([net.network.genesisObservation]))
        _ = try net.deliver([initial, vote, late], to: "Alice")
        try net.settle()
        #expect(net.engines["Bob"]?.voters == ["Alice", "Bob", "Carol"])
        // Its second event lacked the vote: that shows as well.
        let offences = net.accusations(of: "Bob").compactMap { observation -> Offence? in
            guard case .accusation("Dave", .shown(let offence)) = observation else { return nil }
            return offence
        }
        #expect(Set(offences) == [.unexpectedGenesis, .missingGenesis])
    }

    @Test("A peer that answers what nobody asked it, or the same request twice, is removed")
    func invalidRequest() throws {
        for isRepeated in [false, true] {
            var net = try Net()
            let asked: PeerID = isRepeated ? "Dave" : "Bob"
            let request = try #require(try net.engines["Alice"]?.gossip(to: asked))
            let head = net.digest(try #require(request.events.last))
            var causes: [GossipEvent.Cause] = [.request(otherParent: head)]
            if isRepeated { causes.append(.request(otherParent: head)) }
            _ = try net.deliver(net.chain(causes), to: "Alice")
            try net.expectRemoval(for: .invalidRequest)
        }
    }

    @Test("A peer that takes what is no answer to its request is removed")
    func invalidResponse() throws {
        var net = try Net()
        let request = try #require(try net.engines["Alice"]?.gossip(to: "Bob"))
        let head = net.digest(try #require(request.events.last))
        _ = try net.deliver(net.chain([.response(otherParent: head)]), to: "Alice")
        try net.expectRemoval(for: .invalidResponse)
    }

    @Test("A peer that accuses another of what its ancestors do not show is removed, and the other is not")
    func invalidAccusation() throws {
        var net = try Net()
        let accusation = Observation.accusation(offender: "Alice", malice: .shown(.fork))
        _ = try net.deliver(net.chain([.observation([accusation])]), to: "Alice")
        try net.expectRemoval(for: .invalidAccusation)
    }

    @Test("An application's own accusation proves nothing, and is no offence")
    func unprovable() throws {
        var net = try Net()
        let accusation = Observation.accusation(offender: "Alice", malice: .other(code: 1, evidence: [2]))
        _ = try net.deliver(net.chain([.observation([accusation])]), to: "Alice")
        try net.settle()
        #expect(net.engines["Bob"]?.voters == ["Alice", "Bob", "Carol", "Dave"])
    }

    @Test("A peer that goes on without accusing a forker of the fork that its events show is an accomplice")
    func accomplice() throws {
        for accuses in [false, true] {
            var net = try Net(honest: ["Alice", "Bob", "Carol", "Fred", "Gina"], liars: ["Dave", "Eric"])
            // Alice gets to see both of Eric's branches, and tells Dave.
            let trunk = net.chain([.observation([payload])], by: "Eric")
            let other = net.event(after: trunk[1], .observation([.opaque([9])]), by: "Eric")
            _ = try net.deliver(trunk, to: "Alice", by: "Eric")
            _ = try net.deliver(trunk.prefix(2) + [other], to: "Alice", by: "Eric")
            let told = try #require(try net.engines["Alice"]?.gossip(to: "Dave"))
            let head = net.digest(try #require(told.events.last))
            // Dave takes it in, and goes on with or without a word about it.
            let accusation = Observation.accusation(offender: "Eric", malice: .shown(.fork))
            let causes: [GossipEvent.Cause] =
                [.request(otherParent: head)] + (accuses ? [.observation([accusation])] : [])
            let chain = net.chain(causes)
            let receipt = try net.deliver(told.events + chain, to: "Bob", after: chain.last)
            #expect(receipt.refused.isEmpty)
            try net.settle()
            let honest: [PeerID] = ["Alice", "Bob", "Carol", "Fred", "Gina"]
            for name in honest {
                #expect(
                    net.engines[name]?.voters == (accuses ? ["Alice", "Bob", "Carol", "Dave", "Fred", "Gina"] : honest)
                )
                let accusations = net.accusations(of: name)
                #expect(accusations.contains(accusation))
                #expect(
                    accusations.contains(.accusation(offender: "Dave", malice: .shown(.accomplice))) == !accuses
                )
            }
            try net.expectEvidence(of: .fork, by: "Eric")
            if !accuses { try net.expectEvidence(of: .accomplice, by: "Dave") }
        }
    }

    @Test("Once a fork is known, further branches are taken only as far as others have built on them")
    func noMoreBranches() throws {
        var net = try Net(honest: ["Alice", "Bob", "Carol", "Fred", "Gina"], liars: ["Dave", "Eric"])
        let trunk = net.chain([.observation([payload])], by: "Eric")
        let other = net.event(after: trunk[1], .observation([.opaque([9])]), by: "Eric")
        _ = try net.deliver(trunk, to: "Alice", by: "Eric")
        _ = try net.deliver(trunk.prefix(2) + [other], to: "Alice", by: "Eric")
        let before = try #require(net.engines["Alice"]?.agreement.graph.count)
        // More forks by Eric, which nobody needs, are left out, whoever sends them, with what builds on them.
        let stem = Array(trunk[..<2])
        let forks = (0..<20).map {
            net.event(after: trunk[1], .observation([.opaque([100, UInt8($0)])]), by: "Eric")
        }
        let receipt = try net.deliver(stem + forks, to: "Alice", by: "Eric")
        #expect(receipt.accepted == 0 && receipt.outcome == .headRefused)
        let chain = net.chain([])
        let relayed = try net.deliver(stem + forks + chain, to: "Alice", after: chain.last)
        #expect(relayed.refused.isEmpty && relayed.accepted == chain.count + 1)
        // One that Dave has built on is taken, and it alone.
        let announced = net.event(after: forks[3], .requesting(recipient: "Dave"), by: "Eric")
        let built = net.event(after: chain.last, .request(otherParent: net.digest(announced)))
        let needed = try net.deliver(stem + forks + [announced] + chain + [built], to: "Alice", after: built)
        #expect(needed.refused.isEmpty && needed.accepted == 4)
        #expect(try #require(net.engines["Alice"]).agreement.graph.count > before + 4)
        // A signature that is not Dave's makes nothing needed.
        let claimed = net.event(after: forks[5], .requesting(recipient: "Dave"), by: "Eric")
        let forged = GossipEvent(
            creator: "Dave",
            selfParent: net.digest(built),
            cause: .request(otherParent: net.digest(claimed)),
            signature: Signature(words: .zero)
        )
        let message = stem + forks + [claimed, forged]
        let unneeded = try net.deliver(
            Array(message),
            to: "Alice",
            after: net.event(after: built, .observation([payload]))
        )
        #expect(unneeded.accepted == 0)
    }

    @Test("Who takes up a known offender's word is its accomplice, and brings in few of its forks")
    func fellowship() throws {
        var net = try Net(honest: ["Alice", "Bob", "Carol", "Fred", "Gina"], liars: ["Dave", "Eric"])
        let trunk = net.chain([], by: "Eric")
        let forks = (0..<20 as Range<UInt8>).map {
            let fork = net.event(after: trunk.last, .observation([.opaque([100, $0])]), by: "Eric")
            return [fork, net.event(after: fork, .requesting(recipient: "Dave"), by: "Eric")]
        }
        var chain = net.chain([])
        for fork in forks {
            chain.append(net.event(after: chain.last, .request(otherParent: net.digest(fork[1]))))
            // An accusation of each fork does not help.
            let accusation = Observation.accusation(offender: "Eric", malice: .shown(.fork))
            if chain.count == 4 { chain.append(net.event(after: chain.last, .observation([accusation]))) }
        }
        for end in 3...chain.count {
            _ = try net.deliver(trunk + forks.flatMap { $0 } + chain.prefix(end), to: "Alice", after: chain[end - 1])
        }
        try net.expectEvidence(of: .accomplice, by: "Dave")
        func branches(at peer: PeerID) throws -> Int {
            let agreement = try #require(net.engines[peer]).agreement
            return agreement.graph.branches(of: try #require(agreement.peers.index(of: "Eric"))).count
        }
        #expect(try branches(at: "Alice") <= 4)
        // Whoever shows no event of its own that is taken may try for a while only.
        for round in 0..<10 {
            for fork in forks {
                let other = net.event(after: fork[0], .observation([.opaque([101, UInt8(round)])]), by: "Eric")
                let announced = net.event(after: other, .requesting(recipient: "Dave"), by: "Eric")
                let head = net.event(after: chain.last, .request(otherParent: net.digest(announced)))
                let message = trunk + forks.flatMap { $0 } + chain + [other, announced, head]
                let receipt = try net.deliver(message, to: "Bob", after: head)
                #expect(receipt.refused.contains { $0.reason == .offenders("Dave", takingUp: "Eric") })
            }
        }
        #expect(try branches(at: "Bob") < 2 * EngineLimits().branchesPerMessage)
    }

    @Test("The parts from one peer bring a bounded number of forks to light, all together")
    func branchesPerMessage() throws {
        let net = try Net()
        let trunk = net.chain([.observation([payload])])
        let forks = (0..<100 as Range<UInt8>).map { net.event(after: trunk[1], .observation([.opaque([100, $0])])) }
        var alice = try #require(net.engines["Alice"])
        let receipt = try alice.receive(GossipMessage(kind: .part, events: trunk + forks), from: "Bob")
        let limit = EngineLimits().branchesPerMessage
        #expect(receipt.accepted == trunk.count + limit)
        #expect(receipt.refused.count == 100 - limit)
        #expect(receipt.refused.first?.reason == .tooMany(.branchesPerMessage, count: limit + 1, limit: limit))
        let rest = try alice.receive(GossipMessage(kind: .part, events: trunk + forks), from: "Bob")
        #expect(rest.accepted == 0 && rest.refused.count == 100 - limit)
        let others = try alice.receive(GossipMessage(kind: .part, events: trunk + forks), from: "Carol")
        #expect(others.accepted == 100 - limit && others.refused.isEmpty)
        // Of its own forks a peer sends none.
        var carol = try #require(net.engines["Carol"])
        let own = try carol.receive(GossipMessage(kind: .part, events: trunk + forks), from: "Dave")
        #expect(own.accepted == trunk.count && own.refused.isEmpty)
    }

    @Test("A fork that the head of a message does not build on is left out")
    func besideTheHead() throws {
        var net = try Net()
        let trunk = net.chain([.observation([payload])])
        let fork = net.event(after: trunk[1], .observation([.opaque([9])]))
        let receipt = try net.deliver(trunk + [fork], to: "Alice", after: trunk.last)
        #expect(receipt.accepted == trunk.count + 1 && receipt.refused.isEmpty && receipt.outcome == .answered)
    }

    @Test("What an event shows, and whom its creator has accused, follows from its ancestors in any order of arrival")
    func order() throws {
        var sketch = ScenarioSketch()
        (sketch.peers, sketch.events, sketch.forkers, sketch.seed) = (4, 4, 1, 5)
        var simulation = try Simulation(sketch.scenario())
        simulation.run()
        var byDigest: [Digest: [PeerID: [Offence]]] = [:]
        var shown = 0
        for peer in simulation.peers where peer.isHonest {
            let (graph, peers) = (peer.engine.agreement.graph, peer.engine.agreement.peers)
            for event in graph.events {
                var offences: [PeerID: [Offence]] = [:]
                for (offence, offenders) in peer.engine.ledger.shown(by: event, in: graph).all {
                    for offender in offenders { offences[peers.id(of: offender), default: []].append(offence) }
                }
                shown += offences.count
                if let known = byDigest[graph.digest(of: event)] { #expect(known == offences) }
                byDigest[graph.digest(of: event)] = offences
            }
        }
        #expect(shown > 20)
    }
}
