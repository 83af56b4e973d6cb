import Foundation
import GraphFormats
import Membership
import MetaVoting
import ParsecCore
import Testing
import Voting

/// What a dump says is what is read.
@Suite struct DOTGrammarTests {
    private func read(_ passage: String, as replacement: String) throws -> GraphDump {
        try DOTReader.read(Array(SmallDump.replacing(passage, with: replacement).utf8))
    }

    private func event(_ dump: GraphDump, _ creator: PeerID, _ index: Int) throws -> GraphDump.Event {
        try #require(dump.events.first { $0.creator == creator && $0.indexByCreator == index })
    }

    @Test("The head tells the owner, the peers in their order, the mode, and raw numbers")
    func head() throws {
        let dump = try DOTReader.read(SmallDump.bytes)
        #expect(dump.ourID == "Alice")
        #expect(dump.peers.map(\.id) == ["Alice", "Bob", "Carol", "Dave"])
        #expect(dump.peers.map(\.state) == [.active, [.vote, .send], [.generateKeys], []])
        #expect(dump.mode == .single)
        #expect(dump.secureRandom == [1, .max])
        #expect(dump.keyGenerations == [0, 255])
        #expect(dump.genesis == ["Alice", "Bob"])
    }

    @Test("Events come in the order of insertion: the first peer whose next event has its parents")
    func events() throws {
        let dump = try DOTReader.read(SmallDump.bytes)
        let names = dump.events.map { "\($0.creator)\($0.indexByCreator)" }
        #expect(names == ["Alice0", "Alice1", "Bob0", "Bob1", "Bob2", "Alice2", "Alice3", "Bob3"])
        #expect(dump.events.map(\.selfParent) == [nil, 0, nil, 2, 3, 1, 5, 4])
        #expect(dump.events.map(\.otherParent) == [nil, nil, nil, nil, nil, 4, nil, 6])
        let last = try event(dump, "Bob", 3).lastAncestors
        #expect(last.map(\.peer) == ["Alice", "Bob"] && last.map(\.indexByCreator) == [3, 3])
    }

    @Test("Each kind of cause is read")
    func causes() throws {
        let dump = try DOTReader.read(SmallDump.bytes)
        #expect(try event(dump, "Alice", 0).cause == .initial)
        #expect(try event(dump, "Alice", 1).cause == .observation([.genesis(group: ["Alice", "Bob"])]))
        #expect(try event(dump, "Alice", 2).cause == .request)
        #expect(try event(dump, "Alice", 3).cause == .observation([.opaque("x1")]))
        #expect(try event(dump, "Bob", 1).cause == .observation([.add("Carol", info: [])]))
        #expect(try event(dump, "Bob", 2).cause == .requesting(recipient: "Alice"))
        #expect(try event(dump, "Bob", 3).cause == .response)
    }

    @Test("The open election is read, with every kind of meta-vote")
    func election() throws {
        let dump = try DOTReader.read(SmallDump.bytes)
        let election = dump.election
        #expect(election.history.map { $0.description.prefix(8) } == ["181acff7"])
        #expect(election.interestingEvents == [GraphDump.InterestingEvents(peer: "Alice", events: [5])])
        #expect(election.voters == ["Alice", "Bob"])
        #expect(election.undecidedEvents == [1, 3])
        let meta = try #require(election.metaEvents.first)
        #expect(election.metaEvents.count == 1)
        #expect(meta.event == 5)
        #expect(meta.observees == ["Alice", "Bob"])
        #expect(meta.interestingContent == [.add("Carol", info: []), .opaque("x1")])
        #expect(meta.metaVotes.map(\.peer) == ["Alice", "Bob"])
        let undecided = MetaVote.Value.undecided(estimates: .justTrue, binValues: .both, auxiliary: false)
        let empty = MetaVote.Value.undecided(estimates: [], binValues: .justFalse, auxiliary: nil)
        #expect(
            meta.metaVotes.map(\.votes) == [
                [
                    MetaVote(stage: Stage(round: 0, step: .forcedTrue), value: undecided),
                    MetaVote(stage: Stage(round: 0, step: .forcedFalse), value: empty),
                ],
                [MetaVote(stage: Stage(round: 1, step: .genuineFlip), value: .decided(true))],
            ]
        )
    }

    @Test("A dump that does not name its mode needs supermajorities")
    func missingMode() throws {
        #expect(try read("/// consensus_mode: Single\n", as: "").mode == .supermajority)
    }

    @Test("What the reference prints only sometimes may be missing")
    func missingLines() throws {
        #expect(try read("/// secure_rng: [1, 18446744073709551615]\n", as: "").secureRandom == nil)
        #expect(try read("/// key_gens_and_next_id: [0, 255]\n", as: "").keyGenerations == nil)
        let undecided = "/// unconsensused_events: {\"A_1\", \"B_1\"}\n"
        #expect(try read(undecided, as: "").election.undecidedEvents == nil)
        let payload = "/// payload: Add(Carol)\n"
        #expect(try read(undecided, as: payload + undecided).election.undecidedEvents == [1, 3])
    }

    @Test(
        "Each form of an observation is read",
        arguments: [
            ("Genesis({Alice})", .genesis(group: ["Alice"])),
            ("Genesis({})", .genesis(group: [])),
            ("Add(Fred)", .add("Fred", info: [])),
            ("Add{ peer_id: Fred, related_info: [1, 0, 255] }", .add("Fred", info: [1, 0, 255])),
            ("Remove(Fred)", .remove("Fred", info: [])),
            ("Remove{ peer_id: Fred, related_info: [7] }", .remove("Fred", info: [7])),
            ("OpaquePayload(abc123)", .opaque("abc123")),
            ("StartDkg({Alice, Bob})", .startKeyGeneration(["Alice", "Bob"])),
            (
                "DkgMessage(DkgPart(3)), SerialisedDkgMessage([0, 9])",
                .keyGeneration(.part, number: 3, message: [0, 9])
            ),
            (
                "DkgMessage(DkgAck(18446744073709551615)), SerialisedDkgMessage([])",
                .keyGeneration(.acknowledgement, number: .max, message: [])
            ),
            ("Accusation { Bob, Fork(B_1) }", .accusation(offender: "Bob", .fork("B_1"))),
            ("Accusation{Bob,Fork(B_1,1)}", .accusation(offender: "Bob", .fork("B_1,1"))),
            (
                "Accusation { Bob, InvalidAccusation(B_2,0) }",
                .accusation(offender: "Bob", .invalidAccusation("B_2,0"))
            ),
            (
                "Accusation { Bob, Accomplice(B_1, Accomplice(B_2,1, Fork(A_1))) }",
                .accusation(offender: "Bob", .accomplice("B_1", .accomplice("B_2,1", .fork("A_1"))))
            ),
            ("?", .unknown),
        ] as [(String, DumpObservation)]
    )
    func observations(_ text: String, _ observation: DumpObservation) throws {
        let dump = try read("cause: Observation(Add(Carol))", as: "cause: Observation(\(text))")
        #expect(try event(dump, "Bob", 1).cause == .observation([observation]))
    }

    @Test("An event may carry several observations, in their order")
    func severalObservations() throws {
        let text = "Add(Fred), OpaquePayload(x), DkgMessage(DkgAck(1)), SerialisedDkgMessage([1, 2]), Remove(Bob)"
        let dump = try read("cause: Observation(Add(Carol))", as: "cause: Observation(\(text))")
        #expect(
            try event(dump, "Bob", 1).cause
                == .observation([
                    .add("Fred", info: []), .opaque("x"),
                    .keyGeneration(.acknowledgement, number: 1, message: [1, 2]), .remove("Bob", info: []),
                ])
        )
    }

    @Test("What is interesting names messages of a key generation without their bytes")
    func interestingMessages() throws {
        let dump = try read(
            "interesting_content: [Add(Carol)",
            as: "interesting_content: [DkgMessage(DkgPart(2)), Add(Carol)"
        )
        let content = try #require(dump.election.metaEvents.first).interestingContent
        #expect(content.first == .keyGeneration(.part, number: 2, message: nil))
        #expect(content.count == 3)
    }

    @Test("Branches of a fork are told apart by the rank in their names")
    func forks() throws {
        var text = try SmallDump.replacing(
            "\"B_2\" -> \"B_3\" [minlen=3]",
            with: "\"B_2\" -> \"B_3,0\" [minlen=3]\n    \"B_2\" -> \"B_3,1\" [minlen=1]"
        )
        text = text.replacing("\"A_3\" -> \"B_3\"", with: "\"A_3\" -> \"B_3,0\"")
        text = text.replacing("\"B_3\" [", with: "\"B_3,0\" [")
        let details = "  \"B_3,1\" [x]\n/// cause: Requesting(Dave)\n/// last_ancestors: {Bob: 3}\n\n"
        text = text.replacing("\n}\n\n/// ===== meta", with: "\n\(details)}\n\n/// ===== meta")
        let dump = try DOTReader.read(Array(text.utf8))
        let branches = dump.events.filter { $0.creator == "Bob" && $0.indexByCreator == 3 }
        #expect(branches.map(\.forkIndex) == [0, 1])
        #expect(branches[0].selfParent == branches[1].selfParent)
        #expect(branches[1].cause == .requesting(recipient: "Dave"))
    }

    @Test("The rules are read where a dump names them")
    func rules() throws {
        #expect(try DOTReader.read(SmallDump.bytes).rules == nil)
        #expect(try read("/// secure_rng", as: "/// rules: current\n/// secure_rng").rules == .current)
    }
}
