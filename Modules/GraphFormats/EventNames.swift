import ParsecCore

/// The short names of peers and the names of events in dumps (`protocol.md` section 8.2).
struct EventNames {
    /// The name of each event of a dump, such as `A_2`, or `A_2,1` where events of a peer share an index.
    let events: [String]

    private let shortNames: [PeerID: String]

    init(_ dump: GraphDump) {
        self.init(
            peers: dump.peers.map(\.id),
            events: dump.events.map { ($0.creator, $0.indexByCreator, $0.forkIndex) }
        )
    }

    init(peers: [PeerID], events: [(creator: PeerID, index: Int, fork: Int)]) {
        let shortNames = EventNames.shortNames(peers + events.map(\.creator))
        self.shortNames = shortNames
        var counts: [PeerID: [Int: Int]] = [:]
        for event in events { counts[event.creator, default: [:]][event.index, default: 0] += 1 }
        self.events = events.map { event in
            let short = shortNames[event.creator] ?? ""
            let isForked = (counts[event.creator]?[event.index] ?? 0) > 1
            return "\(short)_\(event.index)" + (isForked ? ",\(event.fork)" : "")
        }
    }

    func shortName(of peer: PeerID) -> String { shortNames[peer] ?? peer.description }

    /// The shortest beginnings that tell apart each two names that follow each other in ascending order.
    private static func shortNames(_ peers: [PeerID]) -> [PeerID: String] {
        let sorted = Set(peers).sorted()
        var length = 1
        for (first, second) in zip(sorted, sorted.dropFirst()) {
            let common = zip(first.bytes, second.bytes).prefix { $0 == $1 }.count
            length = max(length, common + 1)
        }
        return Dictionary(
            uniqueKeysWithValues: sorted.map { ($0, String(decoding: $0.bytes.prefix(length), as: UTF8.self)) }
        )
    }
}

extension PeerID {
    /// The identity with all but ASCII letters and digits left out, as dumps name peers.
    var sanitised: PeerID { PeerID(bytes: Array(description.utf8).filter(DOTScanner.isAlphanumeric)) }
}
