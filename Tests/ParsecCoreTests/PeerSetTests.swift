import ParsecCore
import Testing

@Suite struct PeerSetTests {
    /// A random number generator whose sequence is a function of its seed.
    private struct Random: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let mixed = (state ^ state >> 33) &* 0xFF51_AFD7_ED55_8CCD
            return mixed ^ mixed >> 29
        }
    }

    @Test("A peer set behaves like a set of numbers", arguments: 1...20 as ClosedRange<UInt64>)
    func randomOperations(seed: UInt64) {
        var random = Random(state: seed)
        let greatest = seed % 2 == 0 ? 70 : 300
        var peers = PeerSet()
        var numbers: Set<Int> = []
        for _ in 0..<300 {
            let number = Int.random(in: 0...greatest, using: &random)
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<4:
                peers.insert(PeerIndex(number))
                numbers.insert(number)
            case 4..<9:
                peers.remove(PeerIndex(number))
                numbers.remove(number)
            default:
                let other = Set((0..<number % 5).map { _ in Int.random(in: 0...greatest, using: &random) })
                let union = peers.union(PeerSet(other.map { PeerIndex($0) }))
                peers.formUnion(PeerSet(other.map { PeerIndex($0) }))
                numbers.formUnion(other)
                #expect(union == peers)
            }
            #expect(peers.map(\.position) == numbers.sorted())
            #expect(peers.count == numbers.count)
            #expect(peers.isEmpty == numbers.isEmpty)
            #expect(peers.contains(PeerIndex(number)) == numbers.contains(number))
        }
        let members = (0...greatest + 100).filter { peers.contains(PeerIndex($0)) }
        #expect(members == numbers.sorted())
    }

    @Test("Sets with the same peers are equal, however they came about")
    func equality() {
        var widened = PeerSet([PeerIndex(1), PeerIndex(500)])
        widened.remove(PeerIndex(500))
        let plain = PeerSet([PeerIndex(1)])
        #expect(widened == plain)
        #expect(widened.hashValue == plain.hashValue)
        widened.remove(PeerIndex(1))
        #expect(widened == PeerSet())
        #expect(widened.isEmpty)
    }

    @Test("Inserting twice and removing a stranger change nothing")
    func idempotence() {
        var peers = PeerSet([PeerIndex(3), PeerIndex(64)])
        let before = peers
        peers.insert(PeerIndex(64))
        peers.remove(PeerIndex(63))
        peers.remove(PeerIndex(1000))
        #expect(peers == before)
    }

    @Test("A union leaves its parts as they were and does not depend on their order")
    func union() {
        let small = PeerSet([PeerIndex(2)])
        let large = PeerSet([PeerIndex(2), PeerIndex(63), PeerIndex(64), PeerIndex(200)])
        #expect(small.union(large) == large)
        #expect(large.union(small) == large)
        #expect(small.count == 1)
        #expect(PeerSet().union(PeerSet()).isEmpty)
    }
}
