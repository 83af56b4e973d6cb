import Identity
import ParsecCore
import Testing

/// Short names of peers.
@Suite struct PeerLabelsTests {
    private let ids = (1...3).map { PeerID(bytes: [UInt8](repeating: $0, count: 32)) }

    @Test("A label is a beginning of the readable form that no other peer has")
    func labels() throws {
        let near = PeerID(bytes: [UInt8](repeating: 1, count: 31) + [9])
        let labels = PeerLabels(ids + [near])
        for id in ids + [near] {
            let readable = try #require(ReadableID.text(of: id))
            #expect(readable.hasPrefix("peer-\(labels.label(of: id))"))
            #expect(labels.peer(named: labels.label(of: id)) == id && labels.peer(named: readable) == id)
        }
        #expect(Set((ids + [near]).map(labels.label)).count == 4)
        #expect(PeerLabels(ids).label(of: ids[0]).count == 4)
        #expect(labels.peer(named: "") == nil && labels.peer(named: "aeaq") == nil)
    }

    @Test("In a text, identities in either form are shortened or spelled, and nothing else is changed")
    func texts() throws {
        let labels = PeerLabels(ids)
        let readable = try #require(ReadableID.text(of: ids[1]))
        let other = String(repeating: "ab", count: 32)
        let text = "\(ids[1]):27,1 and \(readable): Add(\(ids[1])), not \(other); ünïcode"
        let label = labels.label(of: ids[1])
        #expect(labels.shortened(text) == "\(label):27,1 and \(label): Add(\(label)), not \(other); ünïcode")
        #expect(labels.spelled(text) == "\(readable):27,1 and \(readable): Add(\(readable)), not \(other); ünïcode")
        #expect(PeerLabels(in: text).shortened(readable) == label)
        #expect(labels.eventName("\(label):27,1") == "\(ids[1]):27,1" && labels.eventName("Alice:27") == "Alice:27")
    }

    @Test("Peers as dumps have them, by the digits of their keys, and peers with names keep what they are called by")
    func dumps() {
        let (digits, alice) = (PeerID(ids[0].description), PeerID("Alice"))
        let labels = PeerLabels([digits, alice])
        #expect(labels.label(of: digits) == PeerLabels(ids).label(of: ids[0]))
        #expect(labels.peer(named: labels.label(of: digits)) == digits)
        #expect(labels.label(of: alice) == "Alice" && labels.labelled == [digits])
    }
}
