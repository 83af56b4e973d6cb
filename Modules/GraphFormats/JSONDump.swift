import Membership
import MetaVoting
import ParsecCore
import Voting

#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

/// Dumps as JSON: all that a dump has, for programs that do not read DOT; `docs/graph-tools.md` describes the fields.
///
/// Events stand in an order in which parents come before children, and name each other by their places in it, as peers
/// do. Observations are the texts of the DOT form.
public enum JSONDump {
    /// What the first field says.
    static let format = "parsec graph 1"

    /// Why bytes are no dump.
    public struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
        /// Where, such as `events[12].self_parent`.
        public let place: String
        public let expected: String

        public var description: String { "\(place.isEmpty ? "the file" : place): expected \(expected)" }
    }

    /// Writes a dump, its keys in a fixed order.
    public static func write(_ dump: GraphDump) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Strings, numbers and lists of them: there is nothing that could not be encoded.
        return (try? encoder.encode(File(dump))) ?? Data()
    }

    /// Reads a dump.
    ///
    /// - Throws: ``Fault`` at the first place where the file is not as it should be. More than the bounds allow is not
    ///   read.
    public static func read(_ bytes: Data, limits: DOTReader.Limits = DOTReader.Limits()) throws(Fault) -> GraphDump {
        guard bytes.count <= limits.fileBytes else {
            throw Fault(place: "", expected: "at most \(limits.fileBytes) bytes (limit fileBytes)")
        }
        let file: File
        do { file = try JSONDecoder().decode(File.self, from: bytes) } catch { throw Fault(error) }
        return try file.dump(limits)
    }
}

extension JSONDump.Fault {
    fileprivate init(_ error: any Error) {
        let context: DecodingError.Context? =
            switch error as? DecodingError {
            case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context): context
            case .keyNotFound(let key, let context):
                DecodingError.Context(codingPath: context.codingPath + [key], debugDescription: "this field")
            default: nil
            }
        let path = (context?.codingPath ?? []).reduce("") { path, key in
            key.intValue.map { "\(path)[\($0)]" } ?? (path.isEmpty ? key.stringValue : "\(path).\(key.stringValue)")
        }
        self.init(place: path, expected: context.map { "JSON of a dump: \($0.debugDescription)" } ?? "JSON of a dump")
    }
}

/// The file, field by field.
private struct File: Codable {
    struct Peer: Codable {
        let id: String
        let state: String
    }

    struct Event: Codable {
        let creator: Int
        let index: Int
        let fork: Int?
        let cause: String
        let selfParent: Int?
        let otherParent: Int?
        let recipient: Int?
        let observations: [String]?

        /// Places of peers and greatest indices, in pairs.
        let lastAncestors: [[Int]]

        enum CodingKeys: String, CodingKey {
            case creator, index, fork, cause, recipient, observations
            case selfParent = "self_parent"
            case otherParent = "other_parent"
            case lastAncestors = "last_ancestors"
        }
    }

    struct MetaVotes: Codable {
        let peer: Int

        /// Stage, estimates, bin values, auxiliary value and decision, as in the DOT form.
        let votes: [[String]]
    }

    struct MetaEvent: Codable {
        let event: Int
        let observees: [Int]
        let interestingContent: [String]
        let metaVotes: [MetaVotes]

        enum CodingKeys: String, CodingKey {
            case event, observees
            case interestingContent = "interesting_content"
            case metaVotes = "meta_votes"
        }
    }

    struct InterestingEvents: Codable {
        let peer: Int
        let events: [Int]
    }

    struct Election: Codable {
        let history: [String]
        let voters: [Int]
        let interestingEvents: [InterestingEvents]
        let undecidedEvents: [Int]?
        let metaEvents: [MetaEvent]

        enum CodingKeys: String, CodingKey {
            case history, voters
            case interestingEvents = "interesting_events"
            case undecidedEvents = "undecided_events"
            case metaEvents = "meta_events"
        }
    }

    let format: String
    let ourID: Int
    let mode: String
    let rules: String?
    let peers: [Peer]
    let events: [Event]
    let election: Election
    let payloadDigests: [String: String]
    let secureRandom: [UInt64]?
    let keyGenerations: [UInt8]?

    enum CodingKeys: String, CodingKey {
        case format, mode, rules, peers, events, election
        case ourID = "our_id"
        case payloadDigests = "payload_digests"
        case secureRandom = "secure_random"
        case keyGenerations = "key_generations"
    }
}

// MARK: - Writing

extension File {
    init(_ dump: GraphDump) {
        let places = Dictionary(dump.peers.enumerated().map { ($1.id, $0) }) { first, _ in first }
        func place(_ peer: PeerID) -> Int { places[peer] ?? 0 }
        format = JSONDump.format
        ourID = place(dump.ourID)
        mode = dump.mode.rawValue
        rules = dump.rules?.rawValue
        peers = dump.peers.map { Peer(id: $0.id.description, state: $0.state.description) }
        events = dump.events.enumerated().map { position, event in
            var recipient: Int?
            if case .requesting(let peer) = event.cause { recipient = place(peer) }
            return Event(
                creator: place(event.creator),
                index: event.indexByCreator,
                fork: event.forkIndex == 0 ? nil : event.forkIndex,
                cause: event.cause.name,
                selfParent: event.selfParent,
                otherParent: event.otherParent,
                recipient: recipient,
                observations: event.cause.name == "observation"
                    ? dump.observations(of: position).map { $0.text } : nil,
                lastAncestors: event.lastAncestors.map { [place($0.peer), $0.indexByCreator] }
            )
        }
        election = Election(
            history: dump.election.history.map(\.description),
            voters: dump.election.voters.map(place),
            interestingEvents: dump.election.interestingEvents.map { entry in
                InterestingEvents(peer: place(entry.peer), events: entry.events)
            },
            undecidedEvents: dump.election.undecidedEvents,
            metaEvents: dump.election.metaEvents.map { meta in
                MetaEvent(
                    event: meta.event,
                    observees: meta.observees.map(place),
                    interestingContent: meta.interestingContent.map(\.description),
                    metaVotes: meta.metaVotes.map { votes in
                        MetaVotes(
                            peer: place(votes.peer),
                            votes: votes.votes.map { [$0.stage.description] + MetaVoteText($0).columns }
                        )
                    }
                )
            }
        )
        secureRandom = dump.secureRandom
        keyGenerations = dump.keyGenerations
        payloadDigests = Dictionary(dump.payloadDigests.map { ($0.description, $1.description) }) { first, _ in first }
    }
}

extension GraphDump.Cause {
    /// The word for the kind of cause.
    public var name: String {
        switch self {
        case .initial: "initial"
        case .requesting: "requesting"
        case .request: "request"
        case .response: "response"
        case .observation: "observation"
        }
    }
}

// MARK: - Reading

extension File {
    func dump(_ limits: DOTReader.Limits) throws(JSONDump.Fault) -> GraphDump {
        func check(_ holds: Bool, _ place: String, _ expected: String) throws(JSONDump.Fault) {
            if !holds { throw JSONDump.Fault(place: place, expected: expected) }
        }
        try check(format == JSONDump.format, "format", "\"\(JSONDump.format)\"")
        try check(peers.count <= limits.peers, "peers", "at most \(limits.peers) (limit peers)")
        try check(events.count <= limits.events, "events", "at most \(limits.events) (limit events)")
        try check(peers.indices.contains(ourID), "our_id", "the place of a peer")
        guard let mode = ConsensusMode(rawValue: mode) else {
            throw JSONDump.Fault(place: "mode", expected: "\"supermajority\" or \"single\"")
        }
        let names = peers.map { PeerID($0.id) }
        try check(Set(names).count == names.count, "peers", "each peer once")
        for (place, name) in names.enumerated() {
            let isWord = !name.bytes.isEmpty && name.bytes.allSatisfy(DOTScanner.isAlphanumeric)
            try check(isWord, "peers[\(place)].id", "letters and digits")
        }
        func peer(_ place: Int, _ field: String) throws(JSONDump.Fault) -> PeerID {
            try check(names.indices.contains(place), field, "the place of a peer, from 0 to \(names.count - 1)")
            return names[place]
        }
        var texts = ObservationTexts(peers: names, limits)
        var result = GraphDump(ourID: names[ourID], peers: [], mode: mode, events: [])
        for (place, peer) in peers.enumerated() {
            guard let state = PeerState(text: peer.state) else {
                throw JSONDump.Fault(place: "peers[\(place)].state", expected: "VOTE, DKG, SEND and RECV")
            }
            result.peers.append(GraphDump.Peer(id: names[place], state: state))
        }
        if let rules {
            result.rules = GraphDump.Rules(rawValue: rules)
            try check(result.rules != nil, "rules", "\"reference\" or \"current\"")
        }
        (result.secureRandom, result.keyGenerations) = (secureRandom, keyGenerations)
        let causes: Set = ["initial", "requesting", "request", "response", "observation"]
        var ranks: [PeerID: [Int: Int]] = [:]
        for (position, event) in events.enumerated() {
            let field = "events[\(position)]"
            try check(
                causes.contains(event.cause),
                "\(field).cause",
                "one of \(causes.sorted().joined(separator: ", "))"
            )
            let creator = try peer(event.creator, "\(field).creator")
            for (name, parent) in [("self_parent", event.selfParent), ("other_parent", event.otherParent)] {
                try check(parent.map { (0..<position).contains($0) } ?? true, "\(field).\(name)", "an event before it")
            }
            let isInitial = event.cause == "initial"
            try check((event.selfParent == nil) == isInitial, "\(field).self_parent", "one, unless it is initial")
            let isSync = event.cause == "request" || event.cause == "response"
            try check(
                (event.otherParent != nil) == isSync,
                "\(field).other_parent",
                "one for requests and responses only"
            )
            let parent = event.selfParent.map { result.events[$0] }
            try check(parent.map { $0.creator == creator } ?? true, "\(field).self_parent", "an event of its creator")
            try check(
                event.index == (parent?.indexByCreator ?? -1) + 1,
                "\(field).index",
                "one more than that of its self-parent, or 0"
            )
            let rank = ranks[creator]?[event.index] ?? 0
            ranks[creator, default: [:]][event.index] = rank + 1
            try check(event.fork ?? 0 == rank, "\(field).fork", "\(rank), as events of its place come before it")
            let cause: GraphDump.Cause
            switch event.cause {
            case "initial": cause = .initial
            case "request": cause = .request
            case "response": cause = .response
            case "requesting":
                cause = .requesting(recipient: try peer(event.recipient ?? -1, "\(field).recipient"))
            default:
                var list: [DumpObservation] = []
                for text in event.observations ?? [] { list.append(try texts.read(text, "\(field).observations")) }
                cause = .observation(list)
            }
            var ancestors: [GraphDump.LastAncestor] = []
            for pair in event.lastAncestors {
                try check(pair.count == 2 && pair[1] >= 0, "\(field).last_ancestors", "pairs of a peer and an index")
                ancestors.append(
                    GraphDump.LastAncestor(
                        peer: try peer(pair[0], "\(field).last_ancestors"),
                        indexByCreator: pair[1]
                    )
                )
            }
            result.events.append(
                GraphDump.Event(
                    creator: creator,
                    indexByCreator: event.index,
                    forkIndex: rank,
                    cause: cause,
                    selfParent: event.selfParent,
                    otherParent: event.otherParent,
                    lastAncestors: ancestors
                )
            )
        }
        try readElection(into: &result, &texts, names)
        return result
    }

    private func readElection(
        into result: inout GraphDump,
        _ texts: inout ObservationTexts,
        _ names: [PeerID]
    ) throws(JSONDump.Fault) {
        func peer(_ place: Int, _ field: String) throws(JSONDump.Fault) -> PeerID {
            guard names.indices.contains(place) else {
                throw JSONDump.Fault(place: field, expected: "the place of a peer, from 0 to \(names.count - 1)")
            }
            return names[place]
        }
        func event(_ position: Int, _ field: String) throws(JSONDump.Fault) -> Int {
            guard events.indices.contains(position) else {
                throw JSONDump.Fault(place: field, expected: "the place of an event, from 0 to \(events.count - 1)")
            }
            return position
        }
        for (place, text) in election.history.enumerated() {
            guard let digest = Digest(hexadecimal: text) else {
                throw JSONDump.Fault(place: "election.history[\(place)]", expected: "64 hexadecimal digits")
            }
            result.election.history.append(digest)
        }
        for voter in election.voters { result.election.voters.append(try peer(voter, "election.voters")) }
        if let undecided = election.undecidedEvents {
            result.election.undecidedEvents = []
            for position in undecided {
                result.election.undecidedEvents?.append(try event(position, "election.undecided_events"))
            }
        }
        for entry in election.interestingEvents {
            let field = "election.interesting_events"
            var positions: [Int] = []
            for position in entry.events { positions.append(try event(position, field)) }
            result.election.interestingEvents.append(
                GraphDump.InterestingEvents(peer: try peer(entry.peer, field), events: positions)
            )
        }
        for (place, meta) in election.metaEvents.enumerated() {
            let field = "election.meta_events[\(place)]"
            let position = try event(meta.event, "\(field).event")
            var observees: [PeerID] = []
            for observee in meta.observees { observees.append(try peer(observee, "\(field).observees")) }
            var content: [DumpObservation] = []
            for text in meta.interestingContent {
                content.append(try texts.read(text, "\(field).interesting_content"))
            }
            var metaVotes: [GraphDump.PeerMetaVotes] = []
            for votes in meta.metaVotes {
                var read: [MetaVote] = []
                for columns in votes.votes {
                    guard let vote = MetaVote(columns: columns) else {
                        throw JSONDump.Fault(
                            place: "\(field).meta_votes",
                            expected: "a stage and four of t, f, b and -, as in [\"0/1\", \"t\", \"t\", \"t\", \"-\"]"
                        )
                    }
                    read.append(vote)
                }
                metaVotes.append(
                    GraphDump.PeerMetaVotes(peer: try peer(votes.peer, "\(field).meta_votes"), votes: read)
                )
            }
            result.election.metaEvents.append(
                GraphDump.MetaEvent(
                    event: position,
                    observees: observees,
                    interestingContent: content,
                    metaVotes: metaVotes
                )
            )
        }
        for (text, digits) in payloadDigests {
            guard let digest = Digest(hexadecimal: digits) else {
                throw JSONDump.Fault(place: "payload_digests.\(text)", expected: "64 hexadecimal digits")
            }
            result.payloadDigests[try texts.read(text, "payload_digests")] = digest
        }
    }
}

/// Reads the texts of observations, each once.
private struct ObservationTexts {
    private let reader: DOTReader
    private var known: [String: DumpObservation] = [:]

    init(peers: [PeerID], _ limits: DOTReader.Limits) {
        reader = DOTReader(peers: peers, limits: limits)
    }

    mutating func read(_ text: String, _ field: String) throws(JSONDump.Fault) -> DumpObservation {
        if let observation = known[text] { return observation }
        do {
            let observation = try reader.observation(text)
            known[text] = observation
            return observation
        } catch { throw JSONDump.Fault(place: field, expected: "\(error.expected), found \(text)") }
    }
}

extension MetaVote {
    /// Reads a stage and the four columns of a dump.
    fileprivate init?(columns: [String]) {
        let parts = columns.first?.split(separator: "/").compactMap { Int($0) } ?? []
        let words: [String: BoolSet] = ["-": [], "t": .justTrue, "f": .justFalse, "b": .both]
        guard columns.count == 5, parts.count == 2, (0...Int(UInt16.max)).contains(parts[0]),
            let step = Stage.Step(rawValue: parts[1]), let estimates = words[columns[1]],
            let binValues = words[columns[2]], let auxiliary = words[columns[3]], let decided = words[columns[4]],
            auxiliary != .both, decided != .both
        else { return nil }
        func value(_ set: BoolSet) -> Bool? { set.isEmpty ? nil : set == .justTrue }
        self.init(
            stage: Stage(round: parts[0], step: step),
            value: value(decided).map { .decided($0) }
                ?? .undecided(estimates: estimates, binValues: binValues, auxiliary: value(auxiliary))
        )
    }
}
