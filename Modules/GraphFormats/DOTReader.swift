import ParsecCore
import Membership
import Voting

/// Reads dumps of gossip graphs: those of the reference, and ours (`protocol.md` section 8.4).
///
/// - Complexity: linear in the size of the file, but for sorting each peer's events.
public struct DOTReader {
    /// The bounds on what is read.
    public struct Limits: Hashable, Sendable {
        /// The most bytes that a file may have.
        public var fileBytes = 1 << 28

        /// The most events.
        public var events = 1 << 21

        /// The most peers.
        public var peers = 1 << 12

        /// The greatest round of a meta-vote.
        public var rounds = 1 << 16

        /// How many accomplices an accusation may name, each of the next.
        public var accomplices = 16

        public init() {}
    }

    /// An event while its parents are names still.
    struct RawEvent {
        let creator: PeerID
        let index: Int
        let fork: Int
        let place: Int
        var selfParent: Int?
        var otherParent: Int?
        var cause: GraphDump.Cause?
        var lastAncestors: [GraphDump.LastAncestor] = []
    }

    var scanner: DOTScanner
    let limits: Limits
    var dump = GraphDump(ourID: PeerID(""), peers: [], mode: .supermajority, events: [])

    /// The peers of the list, for checking names.
    var knownPeers: Set<PeerID> = []

    /// The events in the order in which the file names them first.
    var raw: [RawEvent] = []
    var rawByName: [ArraySlice<UInt8>: Int] = [:]

    /// The peers of the list in ascending order, once they are needed for short names.
    var sortedPeers: [PeerID] = []

    /// The peers by their short names, as far as they have been looked up.
    var fullNames: [ArraySlice<UInt8>: PeerID] = [:]

    /// For each raw event its position in the dump.
    var positions: [Int] = []

    /// Reads a dump.
    ///
    /// - Throws: ``DOTError`` at the first place where the file is not as it should be.
    public static func read(_ bytes: [UInt8], limits: Limits = Limits()) throws(DOTError) -> GraphDump {
        var reader = DOTReader(scanner: DOTScanner(bytes), limits: limits)
        guard bytes.count <= limits.fileBytes else {
            throw reader.scanner.error(expected: "at most \(limits.fileBytes) bytes (limit fileBytes)")
        }
        try reader.readHead()
        try reader.readGraph()
        try reader.readDetails()
        try reader.orderEvents()
        try reader.readElection()
        return reader.dump
    }

    private init(scanner: DOTScanner, limits: Limits) {
        self.scanner = scanner
        self.limits = limits
    }

    /// A reader of nothing but observations of a group of peers.
    init(peers: [PeerID], limits: Limits) {
        self.init(scanner: DOTScanner([]), limits: limits)
        knownPeers = Set(peers)
    }

    /// Reads an observation that is all there is in a text.
    func observation(_ text: String) throws(DOTError) -> DumpObservation {
        var reader = self
        reader.scanner = DOTScanner(Array(text.utf8))
        let observation = try reader.readObservation(isVote: text.contains("SerialisedDkgMessage"))
        guard reader.scanner.isAtEnd else { throw reader.scanner.error(expected: "nothing more") }
        return observation
    }

    // MARK: - The comment at the top

    private mutating func readHead() throws(DOTError) {
        try scanner.expectComment("our_id: ")
        dump.ourID = PeerID(bytes: Array(try scanner.identifier("the name of a peer")))
        try scanner.skipLine()
        try scanner.expectComment("peer_list: {")
        try scanner.skipLine()
        while true {
            try scanner.expectComment()
            if scanner.take("}") { break }
            let place = scanner.position
            let id = PeerID(bytes: Array(try scanner.identifier("the name of a peer or \"}\"")))
            guard knownPeers.insert(id).inserted else {
                throw scanner.error(expected: "each peer once", at: place)
            }
            guard dump.peers.count < limits.peers else {
                throw scanner.error(expected: "at most \(limits.peers) peers (limit peers)", at: place)
            }
            try scanner.expect(": PeerState(")
            dump.peers.append(GraphDump.Peer(id: id, state: try readState()))
            try scanner.skipLine()
        }
        try scanner.skipLine()
        guard knownPeers.contains(dump.ourID) else {
            throw scanner.error(expected: "a list of peers with our own, \(dump.ourID), in it")
        }
        while scanner.take("///") {
            scanner.skipBlanks()
            if scanner.take("consensus_mode: ") {
                try readMode()
            } else if scanner.take("rules: ") {
                let place = scanner.position
                dump.rules = GraphDump.Rules(rawValue: String(decoding: scanner.word(), as: UTF8.self))
                if dump.rules == nil { throw scanner.error(expected: "\"reference\" or \"current\"", at: place) }
            } else if scanner.take("secure_rng: [") {
                var numbers: [UInt64] = []
                try scanner.list(closing: "]") { (scanner) throws(DOTError) in
                    numbers.append(try scanner.number(upTo: .max))
                }
                dump.secureRandom = numbers
            } else if scanner.take("key_gens_and_next_id: [") {
                dump.keyGenerations = try readBytes()
            } else {
                throw scanner.error(expected: "consensus_mode, rules, secure_rng or key_gens_and_next_id")
            }
            try scanner.skipLine()
        }
    }

    private mutating func readMode() throws(DOTError) {
        if scanner.take("Single") {
            dump.mode = .single
        } else if scanner.take("Supermajority") {
            dump.mode = .supermajority
        } else {
            throw scanner.error(expected: "\"Single\" or \"Supermajority\"")
        }
    }

    fileprivate mutating func readState() throws(DOTError) -> PeerState {
        var state: PeerState = []
        if scanner.take(")") { return state }
        while true {
            if scanner.take("VOTE") {
                state.insert(.vote)
            } else if scanner.take("DKG") {
                state.insert(.generateKeys)
            } else if scanner.take("SEND") {
                state.insert(.send)
            } else if scanner.take("RECV") {
                state.insert(.receive)
            } else {
                throw scanner.error(expected: "VOTE, DKG, SEND or RECV")
            }
            if scanner.take(")") { return state }
            guard scanner.take("|") else { throw scanner.error(expected: "\"|\" or \")\"") }
        }
    }

    /// Reads bytes behind an opening bracket, up to the closing one.
    mutating func readBytes() throws(DOTError) -> [UInt8] {
        var bytes: [UInt8] = []
        try scanner.list(closing: "]") { (scanner) throws(DOTError) in
            bytes.append(UInt8(try scanner.number(upTo: 255)))
        }
        return bytes
    }

    // MARK: - Names

    /// Reads the name of a peer that the list of peers has.
    mutating func readPeer() throws(DOTError) -> PeerID {
        let place = scanner.position
        let id = PeerID(bytes: Array(try scanner.identifier("the name of a peer")))
        guard knownPeers.contains(id) else {
            throw scanner.error(expected: "a peer of the list of peers", at: place)
        }
        return id
    }

    /// Reads the name of any peer: observations may be about peers that are not known yet.
    mutating func readAnyPeer() throws(DOTError) -> PeerID {
        PeerID(bytes: Array(try scanner.identifier("the name of a peer")))
    }

    /// Reads `{A, B}` of peers that the list of peers has.
    mutating func readKnownPeers() throws(DOTError) -> [PeerID] {
        let place = scanner.position
        let peers = try readPeers()
        guard peers.allSatisfy(knownPeers.contains) else {
            throw scanner.error(expected: "peers of the list of peers only", at: place)
        }
        return peers
    }

    /// Reads `{A, B}`.
    mutating func readPeers() throws(DOTError) -> [PeerID] {
        try scanner.expect("{")
        var peers: [PeerID] = []
        try scanner.list(closing: "}") { (scanner) throws(DOTError) in
            peers.append(PeerID(bytes: Array(try scanner.identifier("the name of a peer or \"}\""))))
        }
        return peers
    }

    /// Reads the name of an event that the graph has; returns its place in `raw`.
    mutating func readEvent() throws(DOTError) -> Int {
        let place = scanner.position
        let name = try scanner.eventName()
        guard let event = rawByName[name] else { throw scanner.error(expected: "an event of the graph", at: place) }
        return event
    }

    // MARK: - Order

    /// Makes sure that the events of a peer that share an index are told apart by ranks from 0 on.
    private func checkRanks() throws(DOTError) {
        var ranks: [PeerID: [Int: [(fork: Int, place: Int)]]] = [:]
        for event in raw {
            ranks[event.creator, default: [:]][event.index, default: []].append((event.fork, event.place))
        }
        // The first fault of the file is told, whatever the order of the dictionaries.
        var fault: Int?
        for slot in ranks.values.joined().map(\.value) {
            for (rank, event) in slot.sorted(by: { $0 < $1 }).enumerated() where event.fork != rank {
                fault = min(fault ?? event.place, event.place)
            }
        }
        if let fault {
            throw scanner.error(expected: "events that share an index to be told apart by ranks from 0 on", at: fault)
        }
    }

    /// Puts the events into the order in which the reference inserts them: again and again the first peer, our own
    /// before the others in ascending order, whose next event has its parents in the graph.
    private mutating func orderEvents() throws(DOTError) {
        for event in raw where event.cause == nil {
            throw scanner.error(expected: "details of every event, also of the one named here", at: event.place)
        }
        try checkRanks()
        let ourID = dump.ourID
        let order = InsertionOrder(
            creators: raw.map(\.creator),
            places: raw.map { ($0.index, $0.fork) },
            parents: raw.map { [$0.selfParent, $0.otherParent].compactMap { $0 } }
        ).sequence { a, b in a == ourID ? b != ourID : b != ourID && a < b }
        guard order.count == raw.count else {
            let placed = Set(order)
            let stuck = raw.indices.first { !placed.contains($0) }
            throw scanner.error(
                expected: "events whose parents come before them; the one named here has none such",
                at: stuck.map { raw[$0].place }
            )
        }
        positions = Array(repeating: 0, count: raw.count)
        for (position, event) in order.enumerated() { positions[event] = position }
        for number in order {
            let event = raw[number]
            dump.events.append(
                GraphDump.Event(
                    creator: event.creator,
                    indexByCreator: event.index,
                    forkIndex: event.fork,
                    cause: event.cause ?? .initial,
                    selfParent: event.selfParent.map { positions[$0] },
                    otherParent: event.otherParent.map { positions[$0] },
                    lastAncestors: event.lastAncestors
                )
            )
        }
    }
}

extension PeerState {
    /// Reads a state as dumps print it, such as `VOTE|DKG|SEND|RECV`.
    init?(text: String) {
        var reader = DOTReader(peers: [], limits: DOTReader.Limits())
        reader.scanner = DOTScanner(Array("\(text))".utf8))
        guard let state = try? reader.readState(), reader.scanner.isAtEnd else { return nil }
        self = state
    }
}
