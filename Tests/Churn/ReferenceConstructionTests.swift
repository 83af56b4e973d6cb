import Consensus
import GossipGraph
import GraphFormats
import Membership
import ParsecCore
import Simulation
import Testing
import Voting

/// How peers begin, after the functional tests of the reference (`protocol.md` section 10.2).
@Suite struct ReferenceConstructionTests {
    private let genesis: [PeerID] = ["Alice", "Bob", "Carol", "Dave"]

    private func peers(_ engine: Engine) -> Set<PeerID> {
        let peers = engine.agreement.peers
        return Set((0..<peers.count).map { peers.id(of: PeerIndex($0)) })
    }

    @Test("A joiner knows the initial group, its contacts and itself, and has no events")
    func fromExisting() throws {
        let contacts: [PeerID] = ["Alice", "Bob", "Eric"]
        let fred = try Engine(joiner: .simulated("Fred"), of: Network(genesis: genesis), contacts: contacts)
        #expect(peers(fred) == ["Alice", "Bob", "Carol", "Dave", "Eric", "Fred"])
        #expect(fred.agreement.graph.count == 0)
        #expect(fred.voters == genesis)
        #expect(fred.state == .receive)
        #expect(fred.state(of: "Carol") == [.vote, .send])
        #expect(fred.state(of: "Eric") == .send)
        #expect(fred.waitingBlocks == 0 && fred.ownUndelivered.isEmpty)
    }

    @Test("A network without an initial group is refused, by its members and by joiners")
    func fromExistingRequiresNonEmptyGenesisGroup() throws {
        let network = Network(genesis: [])
        #expect(throws: EngineError.emptyGenesis) {
            try Engine(joiner: .simulated("Fred"), of: network, contacts: ["Alice"])
        }
        #expect(throws: EngineError.unknownPeer("Alice")) { try Engine(member: .simulated("Alice"), of: network) }
    }

    @Test("A member of the initial group is refused as a joiner")
    func fromExistingRequiresThatGenesisGroupDoesNotContainUs() {
        #expect(throws: EngineError.noEffect(.alreadyMember("Alice"))) {
            try Engine(joiner: .simulated("Alice"), of: Network(genesis: genesis), contacts: ["Bob"])
        }
    }

    @Test("A joiner without contacts takes the history from the initial group")
    func fromExistingRequiresNonEmptySection() throws {
        // Contacts are a hint: the initial group may always help, so that none need be named.
        var group = try Group(genesis)
        for name in genesis { try group[name].vote(for: .add("Fred", info: [])) }
        #expect(try group.gossip { $0["Alice"].voters.contains("Fred") })
        var fred = try Engine(joiner: .simulated("Fred"), of: group.network, contacts: [])
        let receipt = try fred.receive(group["Alice"].gossip(to: "Fred"), from: "Alice")
        #expect(receipt.outcome == .answered)
        #expect(fred.voters == genesis + ["Fred"])
    }

    @Test("A joiner that is named among its own contacts is none the more allowed to send")
    func fromExistingRequiresThatSectionDoesNotContainUs() throws {
        // Contacts are a hint: one's own name among them says nothing.
        let network = Network(genesis: genesis)
        let fred = try Engine(joiner: .simulated("Fred"), of: network, contacts: ["Alice", "Fred"])
        let other = try Engine(joiner: .simulated("Fred"), of: network, contacts: ["Alice"])
        #expect(fred.state == .receive)
        #expect(fred.snapshot == other.snapshot)
    }

    @Test("A member of the initial group knows the group, and begins with an Initial event and a vote for the group")
    func fromGenesis() throws {
        let alice = try Engine(member: .simulated("Alice"), of: Network(genesis: genesis.reversed()))
        #expect(peers(alice) == Set(genesis))
        for name in genesis { #expect(alice.state(of: name) == .active) }
        #expect(alice.voters == genesis)
        let events = alice.agreement.graph.events.map(alice.gossipEvent)
        #expect(events.map(\.creator) == ["Alice", "Alice"])
        #expect(events.map(\.cause) == [.initial, .observation([.genesis(group: genesis, info: [])])])
    }

    @Test("A peer that is not in the initial group is refused as a member of it")
    func fromGenesisRequiresTheGenesisGroupContainsUs() {
        #expect(throws: EngineError.unknownPeer("Fred")) {
            try Engine(member: .simulated("Fred"), of: Network(genesis: genesis))
        }
    }

    @Test(
        "A recorded graph gives the same graph and the recorded election each time it is read, another one gives others",
        .enabled(if: RecordedGraph.areHere, "the reference's recordings are not here")
    )
    func fromParsedContents() throws {
        let dump = try RecordedGraph.parsedContents.dump()
        #expect(try dump == RecordedGraph.parsedContents.dump())
        let other = try RecordedGraph.otherParsedContents.dump()
        #expect(dump.ourID == "Alice" && other.ourID == "Bob")
        #expect(dump.events != other.events)
        #expect(dump.election.metaEvents != other.election.metaEvents)

        // What follows from the events is what was recorded.
        let election = try replayedElection(dump)
        #expect(try election == replayedElection(RecordedGraph.parsedContents.dump()))
        #expect(election == attached(dump, butTo: ReplayOrder.order(of: dump).last))
        #expect(election.count > 40 && election.values.contains { !$0.metaVotes.isEmpty })
        // The other recording is Bob's of the same run: by name rather than by place his election is the same.
        #expect(try election == replayedElection(other))
        #expect(try election != attached(RecordedGraph.ancestors.dump()))
    }

    /// An event by its creator and its index there.
    private struct Name: Hashable {
        let creator: PeerID
        let index: Int

        init(_ event: GraphDump.Event) { (creator, index) = (event.creator, event.indexByCreator) }
    }

    /// What the election attaches to an event.
    private struct Attached: Hashable {
        let observees: [PeerID]
        let interestingContent: [DumpObservation]
        let metaVotes: [GraphDump.PeerMetaVotes]
    }

    private func attached(_ dump: GraphDump, butTo last: Int? = nil) -> [Name: Attached] {
        let pairs = dump.election.metaEvents.filter { $0.event != last }.map { meta in
            let attached = Attached(
                observees: meta.observees,
                interestingContent: meta.interestingContent,
                metaVotes: meta.metaVotes
            )
            return (Name(dump.events[meta.event]), attached)
        }
        return Dictionary(pairs) { first, _ in first }
    }

    /// What the election attaches to all events before the last one, which decides.
    private func replayedElection(_ dump: GraphDump) throws -> [Name: Attached] {
        var replay = try Replay(dump)
        for _ in dump.events.dropLast() { _ = try replay.step() }
        #expect(replay.decisions.isEmpty)
        let election = attached(GraphDump(replay.agreement, history: []))
        _ = try replay.step()
        #expect(replay.decisions.count == 1)
        return election
    }
}
