import GossipGraph
import ParsecCore
import Simulation
import Testing
import Voting

@Suite struct EventHeaderTests {
    @Test("The digests of event headers differ whenever any field does")
    func digests() {
        let digests = (0..<3 as Range<UInt64>).map { Digest(words: 0, 0, 0, $0) }
        let peers: [PeerID] = ["", "A", "AB", PeerID(bytes: [1, 0, 0, 0, 0x41])]
        var causes: [EventCause<PeerID, Digest, Digest>] = [.initial]
        causes += peers.map { .requesting(recipient: $0) }
        causes += digests.flatMap { [.request(otherParent: $0), .response(otherParent: $0)] }
        causes += [[], [0], [1], [0, 1], [1, 0], [0, 0], [0, 0, 0]].map { .observation($0.map { digests[$0] }) }
        var headers: [EventHeader] = []
        for network in digests {
            for creator in peers {
                for selfParent in [nil] + digests.map(Optional.some) {
                    headers += causes.map {
                        EventHeader(
                            network: network,
                            creator: creator,
                            selfParent: selfParent,
                            cause: $0,
                            function: SimulatedDigests()
                        )
                    }
                }
            }
        }
        let function = SimulatedDigests()
        let found = headers.map { $0.digest(using: function) }
        #expect(Set(headers).count == headers.count)
        #expect(Set(found).count == headers.count)
        #expect(headers.map { $0.digest(using: function) } == found)
    }

    @Test("What is digested for one header is not the beginning of what is digested for another")
    func prefixFree() {
        let digest = Digest(words: 0, 0, 0, 0)
        let headers = [
            EventHeader(network: digest, creator: "A", selfParent: nil, content: .initial),
            EventHeader(network: digest, creator: "A", selfParent: digest, content: .initial),
            EventHeader(network: digest, creator: "A", selfParent: nil, content: .observation(root: digest)),
            EventHeader(network: digest, creator: "A", selfParent: nil, content: .requesting(recipient: "")),
            EventHeader(network: digest, creator: "A", selfParent: nil, content: .request(otherParent: digest)),
        ]
        let written = headers.map { header in
            let recorder = Recorder()
            _ = header.digest(using: recorder)
            return recorder.bytes
        }
        for (first, a) in written.enumerated() {
            #expect(!a.isEmpty)
            for (second, b) in written.enumerated() where first != second { #expect(!b.starts(with: a)) }
        }
    }
}
