import GraphFormats
import Membership
import ParsecCore
import Testing
import Voting

@testable import struct GraphFormats.EventNames

@Suite struct DOTWriterTests {
    @Test("A dump is written byte for byte as it was read")
    func sample() throws {
        #expect(DOTWriter.write(try SampleDump.dump()) == SampleDump.text)
    }

    @Test(
        "Short names are long enough to tell neighbours in ascending order apart",
        arguments: [
            (["Alice", "Bob", "Carol"], ["A", "B", "C"]), (["Alice", "Al", "Aline"], ["Alic", "Al", "Alin"]),
            (["Alice", "Bob", "Anne"], ["Al", "Bo", "An"]), (["Alice"], ["A"]),
            (["1", "10", "11"], ["1", "10", "11"]),
        ]
    )
    func shortNames(_ names: [String], _ expected: [String]) {
        let dump = GraphDump(
            ourID: PeerID(names[0]),
            peers: names.map { GraphDump.Peer(id: PeerID($0), state: []) },
            mode: .single,
            events: []
        )
        let found = EventNames(dump)
        #expect(names.map { found.shortName(of: PeerID($0)) } == expected)
    }

    @Test("Peers are named by their letters and digits, and opaque payloads shortened as the reference does it")
    func sanitised() {
        let digest = Digest(words: 0x0123_4567_89AB_CDEF, 0, 0, 0)
        func text(_ observation: Observation) -> String {
            DumpObservation(observation, digest: digest, eventName: { _ in "A_1" }).description
        }
        #expect(text(.add("a-b c", info: [])) == "Add(abc)")
        #expect(text(.add("x", info: [7, 8])) == "Add{ peer_id: x, related_info: [7, 8] }")
        #expect(text(.opaque(Array("exactly16letters".utf8))) == "OpaquePayload(exactly16letters)")
        #expect(text(.opaque(Array("seventeen letters".utf8))) == "OpaquePayload(0123456789sevent)")
        #expect(text(.opaque([0xFF, 0])) == "OpaquePayload(0123456789)")
        #expect(text(.opaque([])) == "OpaquePayload(0123456789)")
        let malice = Malice.accomplice(event: digest, .fork(selfParent: digest))
        #expect(text(.accusation(offender: "B", malice: malice)) == "Accusation { B, Accomplice(A_1, Fork(A_1)) }")
    }
}
