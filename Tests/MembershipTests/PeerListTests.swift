import Membership
import MetaVoting
import ParsecCore
import Testing
import Voting

/// The peer lists that engines begin with, and how peers come to be contacted.
@Suite struct PeerListTests {
    private let group: [PeerID] = ["Carol", "Alice", "Bob"]

    private func ids(_ list: PeerList, _ peers: some Sequence<PeerIndex>) -> [PeerID] { peers.map(list.id).sorted() }

    private func state(_ list: PeerList, _ id: PeerID) throws -> PeerState {
        list.state(of: try #require(list.index(of: id)))
    }

    @Test("A member of the initial group has index 0, the others follow in the order of their identities")
    func genesis() throws {
        let list = PeerList(genesis: group, ourself: "Bob")
        #expect(list.ourself == PeerIndex(0))
        #expect((0..<3).map { list.id(of: PeerIndex($0)) } == ["Bob", "Alice", "Carol"])
        #expect(list.count == 3)
        #expect(ids(list, list.voters) == ["Alice", "Bob", "Carol"])
        #expect(list.admitted == list.voters)
        for id in group { #expect(try state(list, id) == .active) }
        #expect(ids(list, list.gossipRecipients) == ["Alice", "Carol"])
        #expect(list.rule == .freshIdentities)
    }

    @Test("A reader of a graph knows the group and gossips to nobody")
    func reader() throws {
        let list = PeerList(genesis: group, rule: .asDecided)
        #expect(list.ourself == nil)
        #expect((0..<3).map { list.id(of: PeerIndex($0)) } == ["Alice", "Bob", "Carol"])
        #expect(ids(list, list.voters) == ["Alice", "Bob", "Carol"])
        for id in group { #expect(try state(list, id) == .active) }
        #expect(list.gossipRecipients.isEmpty)
        #expect(list.rule == .asDecided)
    }

    @Test("A joiner may only receive; the initial group votes and may send, other contacts may only send")
    func joiner() throws {
        let list = PeerList(joining: group, contacts: ["Dave", "Alice"], ourself: "Zoe")
        #expect(list.ourself == PeerIndex(0))
        #expect(list.id(of: PeerIndex(0)) == "Zoe")
        #expect(try state(list, "Zoe") == .receive)
        for id in group { #expect(try state(list, id) == [.vote, .send]) }
        #expect(try state(list, "Dave") == .send)
        #expect(ids(list, list.voters) == ["Alice", "Bob", "Carol"])
        #expect(list.admitted == list.voters)
        #expect(list.gossipRecipients.isEmpty)
    }

    @Test("A joiner that is named among its contacts does not get to send")
    func joinerAmongContacts() throws {
        let list = PeerList(joining: group, contacts: ["Zoe", "Bob"], ourself: "Zoe")
        #expect(try state(list, "Zoe") == .receive)
    }

    @Test("Every identity has one index, the next free one when it is first heard of")
    func intern() {
        var list = PeerList(genesis: group, ourself: "Alice")
        #expect(list.index(of: "Dave") == nil)
        let dave = list.intern("Dave")
        #expect(dave == PeerIndex(3))
        #expect(list.intern("Dave") == dave)
        #expect(list.index(of: "Dave") == dave)
        #expect(list.id(of: dave) == "Dave")
        #expect(list.count == 4)
        #expect(list.state(of: dave) == [])
        #expect(!list.voters.contains(dave) && !list.admitted.contains(dave))
        #expect(list.gossipRecipients.count == 2)
    }

    @Test("A peer whose event was heard of can receive; it is contacted only if it votes or generates keys")
    func heardOf() throws {
        var list = PeerList(genesis: group, ourself: "Alice")
        let dave = list.intern("Dave")
        list.noteEvent(by: dave)
        #expect(try state(list, "Dave") == .receive)
        #expect(!list.gossipRecipients.contains(dave))
        _ = list.apply(.add("Dave", info: []))
        #expect(list.gossipRecipients.contains(dave))
    }

    @Test("Once it is a member, a joiner gossips to all members, and to newcomers as they are admitted")
    func joinersRecipients() throws {
        var list = PeerList(joining: group, contacts: [], ourself: "Zoe")
        #expect(list.gossipRecipients.isEmpty)
        _ = list.apply(.add("Zoe", info: []))
        #expect(ids(list, list.gossipRecipients) == group.sorted())
        _ = list.apply(.add("Dave", info: []))
        #expect(ids(list, list.gossipRecipients) == group.sorted() + ["Dave"])
    }

    @Test("Where membership is as decided, a joiner gossips to those of whom it has heard")
    func joinersRecipientsAsDecided() throws {
        var list = PeerList(joining: group, contacts: [], ourself: "Zoe", rule: .asDecided)
        let alice = try #require(list.index(of: "Alice"))
        list.noteEvent(by: alice)
        #expect(list.gossipRecipients.isEmpty)
        _ = list.apply(.add("Zoe", info: []))
        #expect(try state(list, "Zoe") == .active)
        #expect(list.gossipRecipients == [alice])
        list.noteEvent(by: try #require(list.index(of: "Bob")))
        #expect(ids(list, list.gossipRecipients) == ["Alice", "Bob"])
        #expect(list.gossipRecipients == list.gossipRecipients.sorted())
    }

    @Test("A peer that has not heard from every voter waits until a newcomer contacts it")
    func newcomerOfJoiner() throws {
        var list = PeerList(joining: group, contacts: [], ourself: "Zoe")
        for id in ["Alice", "Bob"] as [PeerID] { list.noteEvent(by: try #require(list.index(of: id))) }
        #expect(list.apply(.add("Dave", info: [])) == list.index(of: "Dave").map(MembershipChange.joined))
        #expect(try state(list, "Dave") == [.vote, .send])
        // Of Dave, who votes now, nothing has been heard either.
        list.noteEvent(by: try #require(list.index(of: "Carol")))
        _ = list.apply(.add("Eric", info: []))
        #expect(try state(list, "Eric") == [.vote, .send])
        list.noteEvent(by: try #require(list.index(of: "Dave")))
        list.noteEvent(by: try #require(list.index(of: "Eric")))
        _ = list.apply(.add("Fred", info: []))
        #expect(try state(list, "Fred") == .active)
    }

    @Test("A joiner that has heard from every voter contacts newcomers at once")
    func newcomerOfMember() throws {
        var list = PeerList(joining: ["Alice"], contacts: [], ourself: "Zoe")
        list.noteEvent(by: try #require(list.index(of: "Alice")))
        _ = list.apply(.add("Zoe", info: []))
        #expect(try state(list, "Zoe") == .active)
        _ = list.apply(.add("Dave", info: []))
        #expect(try state(list, "Dave") == .active)
    }

    @Test("Once admitted, a joiner takes messages from members only")
    func contactsForgotten() throws {
        var list = PeerList(joining: group, contacts: ["Dave", "Eric"], ourself: "Zoe")
        _ = list.apply(.add("Eric", info: []))
        #expect(try state(list, "Dave") == .send)
        list.noteEvent(by: try #require(list.index(of: "Dave")))
        _ = list.apply(.add("Zoe", info: []))
        #expect(try state(list, "Dave") == .receive)
        for id in group + ["Eric"] { #expect(try state(list, id).contains(.send)) }
        #expect(try state(list, "Zoe").contains([.vote, .send, .receive]))
        // A contact that is admitted later is a member like any other.
        _ = list.apply(.add("Dave", info: []))
        #expect(try state(list, "Dave") == .active)
    }

    @Test("Somebody else's admission does not make a joiner forget its contacts")
    func contactsKept() throws {
        var list = PeerList(joining: group, contacts: ["Dave"], ourself: "Zoe")
        _ = list.apply(.add("Eric", info: []))
        _ = list.apply(.remove("Alice", info: []))
        #expect(try state(list, "Dave") == .send)
    }
}
