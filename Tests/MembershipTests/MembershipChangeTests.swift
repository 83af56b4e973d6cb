import Membership
import MetaVoting
import ParsecCore
import Testing
import Voting

/// What decided observations do to the group, under either rule.
@Suite struct MembershipChangeTests {
    private static let rules: [MembershipRule] = [.freshIdentities, .asDecided]
    private let fork = Malice.fork(selfParent: Digest(words: 1, 2, 3, 4))

    private func list(_ rule: MembershipRule, _ group: [PeerID] = ["Alice", "Bob", "Carol"]) -> PeerList {
        PeerList(genesis: group, ourself: group[0], rule: rule)
    }

    private func voters(_ list: PeerList) -> [PeerID] { list.voters.map(list.id).sorted() }

    /// The two observations that make a peer leave.
    private func removals(_ id: PeerID) -> [Observation] {
        [.remove(id, info: []), .accusation(offender: id, malice: fork)]
    }

    @Test("A newcomer that is added becomes an active voter", arguments: rules)
    func add(rule: MembershipRule) throws {
        var list = list(rule)
        #expect(list.apply(.add("Dave", info: [1])) == .joined(PeerIndex(3)))
        #expect(voters(list) == ["Alice", "Bob", "Carol", "Dave"])
        #expect(list.state(of: PeerIndex(3)) == .active)
        #expect(list.admitted == list.voters)
        #expect(list.gossipRecipients == [PeerIndex(1), PeerIndex(2), PeerIndex(3)])
    }

    @Test("A voter that is removed or accused leaves, may do nothing any more and stays known", arguments: rules)
    func remove(rule: MembershipRule) throws {
        for removal in removals("Bob") {
            var list = list(rule)
            let bob = try #require(list.index(of: "Bob"))
            #expect(list.apply(removal) == .left(bob))
            #expect(voters(list) == ["Alice", "Carol"])
            #expect(list.state(of: bob) == [])
            #expect(list.isRemoved(bob))
            #expect(list.admitted.contains(bob))
            #expect(list.id(of: bob) == "Bob")
            #expect(!list.gossipRecipients.contains(bob))
            list.noteEvent(by: bob)
            _ = list.apply(.keyGeneration(.start(participants: ["Bob"])))
            #expect(list.state(of: bob) == [])
        }
    }

    @Test("Removing a peer that nobody knows does nothing, not even make it known", arguments: rules)
    func removeUnknown(rule: MembershipRule) {
        for removal in removals("Mallory") {
            var list = list(rule)
            #expect(list.apply(removal) == nil)
            #expect(list.index(of: "Mallory") == nil)
            #expect(voters(list) == ["Alice", "Bob", "Carol"])
        }
    }

    @Test("Removing a peer twice is removing it once", arguments: rules)
    func removeTwice(rule: MembershipRule) {
        for removal in removals("Bob") {
            var list = list(rule)
            _ = list.apply(.remove("Bob", info: []))
            #expect(list.apply(removal) == nil)
            #expect(voters(list) == ["Alice", "Carol"])
        }
    }

    @Test("With fresh identities, removing a stranger changes nothing about it")
    func removeStranger() {
        for removal in removals("Dave") {
            var list = list(.freshIdentities)
            let dave = list.intern("Dave")
            _ = list.apply(.keyGeneration(.start(participants: ["Dave"])))
            let before = list.state(of: dave)
            #expect(list.apply(removal) == nil)
            #expect(list.state(of: dave) == before)
            #expect(!list.isRemoved(dave))
            #expect(list.apply(.add("Dave", info: [])) == .joined(dave))
            #expect(list.state(of: dave) == .active)
        }
    }

    @Test("Adding a voter changes nothing", arguments: rules)
    func addVoter(rule: MembershipRule) throws {
        var list = list(rule)
        let bob = try #require(list.index(of: "Bob"))
        #expect(list.apply(.add("Bob", info: [9])) == nil)
        #expect(list.state(of: bob) == .active)
        #expect(voters(list) == ["Alice", "Bob", "Carol"])
        #expect(list.count == 3)
    }

    @Test("With fresh identities, adding a voter does not make it one that can be contacted before it was heard of")
    func addVoterUnheard() throws {
        var list = PeerList(joining: ["Alice"], contacts: [], ourself: "Zoe")
        let alice = try #require(list.index(of: "Alice"))
        #expect(list.apply(.add("Alice", info: [])) == nil)
        #expect(list.state(of: alice) == [.vote, .send])
    }

    @Test("In the reference, adding the only voter that was not heard of makes it one that can be contacted")
    func addVoterUnheardAsDecided() throws {
        var list = PeerList(joining: ["Alice", "Bob"], contacts: [], ourself: "Zoe", rule: .asDecided)
        let (alice, bob) = (try #require(list.index(of: "Alice")), try #require(list.index(of: "Bob")))
        #expect(list.apply(.add("Alice", info: [])) == nil)
        #expect(list.state(of: alice) == [.vote, .send])
        list.noteEvent(by: bob)
        #expect(list.apply(.add("Alice", info: [1])) == nil)
        #expect(list.state(of: alice) == .active)
    }

    @Test("With fresh identities, a removed peer does not come back")
    func addAgain() throws {
        for removal in removals("Bob") {
            var list = list(.freshIdentities)
            let bob = try #require(list.index(of: "Bob"))
            _ = list.apply(removal)
            #expect(list.apply(.add("Bob", info: [1])) == nil)
            #expect(voters(list) == ["Alice", "Carol"])
            #expect(list.state(of: bob) == [])
            #expect(list.isRemoved(bob))
        }
    }

    @Test("In the reference, a removed peer that is added again counts as a voter but may do nothing")
    func addAgainAsDecided() throws {
        var list = list(.asDecided)
        let bob = try #require(list.index(of: "Bob"))
        _ = list.apply(.remove("Bob", info: []))
        #expect(list.apply(.add("Bob", info: [1])) == .joined(bob))
        #expect(voters(list) == ["Alice", "Bob", "Carol"])
        #expect(list.state(of: bob) == [])
        #expect(list.isRemoved(bob))
        #expect(!list.gossipRecipients.contains(bob))
        #expect(list.apply(.remove("Bob", info: [2])) == .left(bob))
        #expect(voters(list) == ["Alice", "Carol"])
    }

    @Test("With fresh identities, the last voter stays")
    func removeLast() throws {
        for removal in removals("Alice") {
            var list = list(.freshIdentities, ["Alice", "Bob"])
            #expect(list.apply(.remove("Bob", info: [])) != nil)
            #expect(list.apply(removal) == nil)
            #expect(voters(list) == ["Alice"])
            #expect(list.state(of: PeerIndex(0)) == .active)
            #expect(!list.isRemoved(PeerIndex(0)))
        }
    }

    @Test("In the reference, the last voter leaves like any other")
    func removeLastAsDecided() throws {
        var list = list(.asDecided, ["Alice"])
        #expect(list.apply(.remove("Alice", info: [])) == .left(PeerIndex(0)))
        #expect(list.voters.isEmpty)
        #expect(list.state(of: PeerIndex(0)) == [])
        #expect(list.gossipRecipients.isEmpty)
    }

    @Test("Who was removed itself gossips to nobody", arguments: rules)
    func removeOurself(rule: MembershipRule) {
        var list = list(rule)
        #expect(list.apply(.remove("Alice", info: [])) == .left(PeerIndex(0)))
        #expect(list.state(of: PeerIndex(0)) == [])
        #expect(list.gossipRecipients.isEmpty)
    }

    @Test("Participants of a key generation may send and be contacted, but do not vote", arguments: rules)
    func keyGeneration(rule: MembershipRule) throws {
        var list = list(rule)
        #expect(list.apply(.keyGeneration(.start(participants: ["Bob", "Dave"]))) == nil)
        let dave = try #require(list.index(of: "Dave"))
        #expect(list.state(of: dave) == [.generateKeys, .send, .receive])
        #expect(list.state(of: try #require(list.index(of: "Bob"))) == .active)
        #expect(voters(list) == ["Alice", "Bob", "Carol"])
        #expect(!list.admitted.contains(dave))
        #expect(list.gossipRecipients.contains(dave))
        #expect(list.apply(.add("Dave", info: [])) == .joined(dave))
        #expect(list.state(of: dave) == .active)
    }

    @Test("One who has not heard from every voter waits until a participant of a key generation contacts it")
    func keyGenerationOfJoiner() throws {
        var list = PeerList(joining: ["Alice"], contacts: [], ourself: "Zoe")
        _ = list.apply(.keyGeneration(.start(participants: ["Dave", "Zoe"])))
        #expect(list.state(of: try #require(list.index(of: "Dave"))) == [.generateKeys, .send])
        #expect(list.state(of: PeerIndex(0)) == [.generateKeys, .send, .receive])
        list.noteEvent(by: try #require(list.index(of: "Alice")))
        _ = list.apply(.keyGeneration(.start(participants: ["Eric", "Dave"])))
        #expect(list.state(of: try #require(list.index(of: "Eric"))) == [.generateKeys, .send, .receive])
        #expect(list.state(of: try #require(list.index(of: "Dave"))) == [.generateKeys, .send])
    }

    @Test("Other observations do nothing to the group", arguments: rules)
    func others(rule: MembershipRule) {
        let observations: [Observation] = [
            .genesis(group: ["Alice", "Mallory"], info: []), .opaque([1]), .keyGeneration(.part([1])),
            .keyGeneration(.acknowledgement([1])),
        ]
        var list = list(rule)
        for observation in observations { #expect(list.apply(observation) == nil) }
        #expect(list.count == 3)
        #expect(voters(list) == ["Alice", "Bob", "Carol"])
    }

    @Test("What is refused when voted for is what would have no effect when decided")
    func check() throws {
        var list = list(.freshIdentities)
        _ = list.apply(.remove("Carol", info: []))
        _ = list.apply(.keyGeneration(.start(participants: ["Eric"])))
        var refused: [(Observation, AdmissionError)] = [
            (.add("Bob", info: [5]), .alreadyMember("Bob")),
            (.add("Carol", info: [5]), .identityNotFresh("Carol")),
        ]
        for id in ["Carol", "Eric", "Mallory"] as [PeerID] {
            refused += removals(id).map { ($0, .notMember(id)) }
        }
        for (observation, error) in refused {
            #expect(throws: error) { try list.check(observation) }
            var copy = list
            #expect(copy.apply(observation) == nil)
            #expect(copy.voters == list.voters)
        }
        let accepted: [Observation] = [
            .add("Eric", info: []), .add("Mallory", info: []), .remove("Bob", info: []), .remove("Alice", info: []),
            .accusation(offender: "Bob", malice: fork),
        ]
        for observation in accepted {
            #expect(throws: Never.self) { try list.check(observation) }
            var copy = list
            #expect(copy.apply(observation) != nil)
        }
        for observation in [Observation.opaque([]), .genesis(group: [], info: []), .keyGeneration(.part([]))] {
            #expect(throws: Never.self) { try list.check(observation) }
        }
    }

    @Test("Nobody may vote the last voter out")
    func checkLast() {
        let list = list(.freshIdentities, ["Alice"])
        for removal in removals("Alice") {
            #expect(throws: AdmissionError.lastMember("Alice")) { try list.check(removal) }
        }
    }

    @Test("A joiner that is admitted still takes messages from participants of a key generation")
    func participantsMaySend() throws {
        var list = PeerList(joining: ["Alice", "Bob"], contacts: ["Carol"], ourself: "Zoe")
        _ = list.apply(.keyGeneration(.start(participants: ["Dave"])))
        _ = list.apply(.add("Zoe", info: []))
        let dave = try #require(list.index(of: "Dave"))
        #expect(list.state(of: dave).contains([.generateKeys, .send]))
    }

    @Test("In the reference, a known peer that is removed without being a voter is removed for good")
    func removeStrangerAsDecided() throws {
        var list = PeerList(genesis: ["Alice", "Bob", "Carol"], ourself: "Alice", rule: .asDecided)
        _ = list.apply(.keyGeneration(.start(participants: ["Dave"])))
        let dave = try #require(list.index(of: "Dave"))
        #expect(list.apply(.remove("Dave", info: [])) == nil)
        #expect(list.state(of: dave) == [])
        #expect(list.isRemoved(dave))
    }

    @Test("In the reference, a removed peer that was added again does not keep newcomers from being contacted")
    func readdedIsNoObstacle() throws {
        var list = PeerList(genesis: ["Alice", "Bob", "Carol"], ourself: "Alice", rule: .asDecided)
        _ = list.apply(.remove("Bob", info: []))
        _ = list.apply(.add("Bob", info: [1]))
        _ = list.apply(.add("Dave", info: []))
        let dave = try #require(list.index(of: "Dave"))
        #expect(list.state(of: dave) == .active)
    }
}
