import ParsecCore
import Testing

@Suite struct PeerIDTests {
    @Test("Identities are ordered as unsigned byte strings, a beginning before its continuation")
    func order() {
        let ascending: [[UInt8]] = [
            [], [0], [0, 0], [0, 255], [1], [0x41], [0x41, 0], [0x41, 0x42], [0x42], [0x61], [0x7F, 255], [0x80], [255],
            [255, 0],
        ]
        for (first, a) in ascending.enumerated() {
            for (second, b) in ascending.enumerated() {
                #expect((PeerID(bytes: a) < PeerID(bytes: b)) == (first < second), "\(a) and \(b)")
                #expect((PeerID(bytes: a) == PeerID(bytes: b)) == (first == second), "\(a) and \(b)")
            }
        }
    }

    @Test("The identity of a name is its UTF-8, not any equivalent text")
    func names() {
        #expect(PeerID("Alice").bytes == [0x41, 0x6C, 0x69, 0x63, 0x65])
        let literal: PeerID = "Alice"
        #expect(literal == PeerID("Alice"))
        #expect(PeerID("\u{E9}") != PeerID("e\u{301}"))
        #expect(PeerID("alice") != PeerID("Alice"))
    }

    @Test("An identity is shown by its name, or by its digits if it is not printable ASCII")
    func description() {
        #expect(PeerID("Alice 2~").description == "Alice 2~")
        #expect(PeerID(bytes: [0x20]).description == " ")
        #expect(PeerID(bytes: []).description == "")
        #expect(PeerID(bytes: [0x1F]).description == "1f")
        #expect(PeerID(bytes: [0x7F]).description == "7f")
        #expect(PeerID(bytes: [0x41, 0x00, 0xAB]).description == "4100ab")
        #expect(PeerID("é").description == "c3a9")
    }

    @Test("Indices are shown and ordered by their numbers")
    func indices() {
        #expect(PeerIndex(3).description == "peer 3")
        #expect(EventIndex(70_000).description == "event 70000")
        #expect(PeerIndex(2) < PeerIndex(10))
        #expect(EventIndex(2) < EventIndex(10))
        #expect(EventIndex(UInt32.max) == EventIndex(Int(UInt32.max)))
        #expect(PeerIndex(7).position == 7)
        #expect(ObservationIndex(9).position == 9)
    }
}
