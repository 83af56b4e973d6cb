import ParsecCore
import Simulation
import Testing
import Voting

@Suite struct ObservationStoreTests {
    private let digests = SimulatedDigests()
    private let peers: [(index: PeerIndex, id: PeerID)] = [
        (PeerIndex(0), "Zoe"), (PeerIndex(1), "Bob"), (PeerIndex(2), "Al"),
    ]

    private func insert(
        _ observation: Observation,
        by voter: Int,
        into store: inout ObservationStore,
        digest: Digest? = nil
    ) -> ObservationIndex {
        store.insert(
            observation,
            digest: digest ?? digests.digest(of: observation),
            votedBy: peers[voter].index,
            id: peers[voter].id
        )
    }

    @Test("Where a supermajority is needed, everybody's votes for one content are one payload")
    func supermajorityKeys() {
        var store = ObservationStore(opaqueMode: .supermajority)
        for observation in [Observation.opaque([1]), .opaque([2]), .add("Bob", info: []), .add("Bob", info: [1])] {
            let found = (0..<3).map { insert(observation, by: $0, into: &store) }
            #expect(Set(found).count == 1)
            #expect(store[found[0]].voter == nil)
            #expect(store[found[0]].observation == observation)
            #expect(store.mode(of: found[0]) == .supermajority)
        }
        #expect(store.count == 4)
    }

    @Test("Where one vote decides, each voter's vote is a payload of its own")
    func singleKeys() {
        var store = ObservationStore(opaqueMode: .single)
        for observation in [Observation.opaque([1]), .keyGeneration(.part([1]))] {
            let found = (0..<3).map { insert(observation, by: $0, into: &store) }
            #expect(Set(found).count == 3)
            for (voter, index) in found.enumerated() {
                #expect(insert(observation, by: voter, into: &store) == index)
                #expect(store[index].voter?.id == peers[voter].id)
                #expect(store[index].voter?.index == peers[voter].index)
                #expect(store.mode(of: index) == .single)
            }
        }
        let added = (0..<3).map { insert(.add("Bob", info: []), by: $0, into: &store) }
        #expect(Set(added).count == 1)
        #expect(store.count == 7)
    }

    @Test("A payload is found once somebody has voted for it", arguments: ConsensusMode.allCases)
    func find(mode: ConsensusMode) {
        var store = ObservationStore(opaqueMode: mode)
        let observation = Observation.opaque([7])
        let digest = digests.digest(of: observation)
        #expect(store.index(of: observation, digest: digest, votedBy: peers[0].index) == nil)
        let index = insert(observation, by: 0, into: &store)
        #expect(store.index(of: observation, digest: digest, votedBy: peers[0].index) == index)
        let forOther = store.index(of: observation, digest: digest, votedBy: peers[1].index)
        #expect(forOther == (mode == .single ? nil : index))
    }

    @Test("A decided payload stays decided, and another voter's payload of the same content does not become so")
    func decided() {
        var store = ObservationStore(opaqueMode: .single)
        let (first, second) = (insert(.opaque([1]), by: 0, into: &store), insert(.opaque([1]), by: 1, into: &store))
        store.markDecided(first)
        #expect(store.isDecided(first) && store[first].isDecided)
        #expect(!store.isDecided(second))
        #expect(insert(.opaque([1]), by: 0, into: &store) == first)
        #expect(store.isDecided(first))
    }

    @Test("Payloads are ordered by digest, then by the voter's identity and not by its index, nobody first")
    func order() {
        var store = ObservationStore(opaqueMode: .single)
        let low = Digest(words: 0, 0, 0, 5)
        let high = Digest(words: 0, 0, 1, 0)
        let zoe = insert(.opaque([1]), by: 0, into: &store, digest: low)
        let bob = insert(.opaque([1]), by: 1, into: &store, digest: low)
        let al = insert(.opaque([1]), by: 2, into: &store, digest: low)
        let nobody = insert(.add("Bob", info: []), by: 0, into: &store, digest: low)
        let highAl = insert(.opaque([2]), by: 2, into: &store, digest: high)
        let highNobody = insert(.remove("Bob", info: []), by: 0, into: &store, digest: high)
        let ascending = [nobody, al, bob, zoe, highNobody, highAl]
        for (first, a) in ascending.enumerated() {
            for (second, b) in ascending.enumerated() {
                #expect(store.precedes(a, b) == (first < second), "\(first) and \(second)")
            }
        }
    }

    @Test("The voters of an election are numbered in ascending order of their indices")
    func voterSet() {
        let voters = VoterSet([PeerIndex(70), PeerIndex(3), PeerIndex(3), PeerIndex(0)])
        #expect(voters.peers == [PeerIndex(0), PeerIndex(3), PeerIndex(70)])
        #expect(voters.count == 3)
        #expect(voters.quorum == Quorum(of: 3))
        for peer in 0..<100 {
            let instance = voters.peers.firstIndex(of: PeerIndex(peer))
            #expect(voters.instance(of: PeerIndex(peer)) == instance)
            #expect(voters.contains(PeerIndex(peer)) == (instance != nil))
        }
        #expect(VoterSet([PeerIndex]()).peers.isEmpty)
        #expect(!VoterSet([PeerIndex]()).contains(PeerIndex(0)))
    }
}
