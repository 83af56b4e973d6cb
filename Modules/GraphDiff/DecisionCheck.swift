import Consensus
import GraphFormats
import MetaVoting
import ParsecCore
import Voting

/// What a dump says was decided, against what follows from its events by the rules that it names.
struct DecisionCheck: Sendable {
    let dump: GraphDump

    /// A block that follows from the events.
    private struct Following: Sendable {
        let election: Int
        let place: Int
    }

    private let decided: [DecidedElection]

    /// The decided payloads that the dump's history lists, in order.
    private let following: [Following]
    private let failure: String?
    private let firstWrong: Int?

    /// The texts of the dump's payloads by their digests.
    private let texts: [Digest: String]

    /// How many elections the events decide; nil if they cannot be replayed.
    var elections: Int? { failure == nil ? decided.count : nil }

    init(_ dump: GraphDump) {
        self.dump = dump
        var decided: [DecidedElection] = []
        var failure: String?
        do {
            var replay = try Replay(dump, rules: (dump.rules ?? .reference).protocolRules)
            while let decision = try replay.nextDecision() { decided.append(DecidedElection(decision, in: replay)) }
        } catch { failure = "\(error)" }
        self.failure = failure
        self.decided = decided
        // The reference lists what is internal to key generations, too.
        let history = dump.election.history
        let all = decided.enumerated().flatMap { number, election in
            election.payloads.indices.map { Following(election: number, place: $0) }
        }
        let blocks = all.filter { decided[$0.election].payloads[$0.place].isBlock }
        let texts = DecisionCheck.texts(dump)
        self.texts = texts
        // Of a digest that is none of the dump's payloads it is not known what was claimed.
        func common(_ list: [Following]) -> Int {
            zip(list, history).prefix { following, claimed in
                decided[following.election].payloads[following.place].digest == claimed || texts[claimed] == nil
            }.count
        }
        following = common(all) > common(blocks) ? all : blocks
        let agreed = common(following)
        // A dump may be older than its last events; what it does not say yet is not wrong.
        let isWrong = agreed < history.count && (agreed < following.count || texts[history[agreed]] != nil)
        firstWrong = failure == nil && isWrong ? agreed : nil
    }

    private static func texts(_ dump: GraphDump) -> [Digest: String] {
        var texts: [Digest: String] = [:]
        for (text, digest) in dump.payloadDigests { texts[digest] = text.description }
        for position in dump.events.indices {
            for text in dump.observations(of: position) where dump.payloadDigests[text] == nil {
                guard let observation = text.observation(eventDigest: Replay.standInDigest) else { continue }
                texts[ReferenceDigests().digest(of: observation)] = text.description
            }
        }
        return texts
    }

    /// What is told of it.
    var check: GraphComparison.Check? {
        GraphComparison.Check(
            firstWrong: firstWrong,
            expected: firstWrong.flatMap { payload($0)?.text },
            cause: firstWrong.map(cause),
            failure: failure
        )
    }

    private func payload(_ number: Int) -> DecidedElection.Payload? {
        guard number < following.count else { return nil }
        let place = following[number]
        return decided[place.election].payloads[place.place]
    }

    /// The text of the payload that follows from the events as the block at a place; nil if none does.
    func text(ofFollowing number: Int) -> String? { payload(number)?.text }

    /// The text of the payload that the dump says was decided at a place.
    func text(ofClaimed number: Int) -> String {
        let digest = dump.election.history[number]
        return texts[digest] ?? "the payload \(digest)"
    }

    /// Which rule the claimed block at a place breaks.
    private func cause(_ number: Int) -> String {
        let claimed = dump.election.history[number]
        let text = text(ofClaimed: number)
        let later = decided.indices.first { election in
            decided[election].payloads.contains { $0.digest == claimed }
        }
        guard let later else { return "\(text) is not decided by its events at all" }
        guard let expected = payload(number) else {
            return "\(text) is decided by election \(decided[later].number), which lists no such block here"
        }
        let place = following[number]
        guard later == place.election, let other = decided[later].payloads.first(where: { $0.digest == claimed }) else {
            return "\(text) is decided by election \(decided[later].number), and election "
                + "\(decided[place.election].number), which comes to this place, decides \(expected.text)"
        }
        return "election \(decided[later].number), decided at \(dump.events[decided[later].event].name), orders its "
            + "payloads wrongly: \(expected.text) comes before \(text), since "
            + DecidedElection.reason(expected, before: other)
    }

    /// Why two dumps have different blocks at a place.
    static func causes(at number: Int, _ checks: (a: DecisionCheck, b: DecisionCheck)) -> [String] {
        if let a = checks.a.dump.genesis, let b = checks.b.dump.genesis, Set(a) != Set(b) {
            return ["the graphs are of different networks, which began with other peers"]
        }
        var causes: [String] = []
        for (side, check) in [("A", checks.a), ("B", checks.b)] {
            if let failure = check.failure {
                causes.append("\(side) cannot be checked: \(failure)")
            } else if let wrong = check.firstWrong, wrong <= number {
                causes.append("\(side) does not follow from its own events: \(check.cause(wrong))")
            }
        }
        if !causes.isEmpty { return causes }
        let (a, b) = (checks.a.dump.rules ?? .reference, checks.b.dump.rules ?? .reference)
        if a != b { return ["A decides by the rules \"\(a.rawValue)\", B by \"\(b.rawValue)\""] }
        return [
            "each follows from its own events by the same rules; so a third of the voters or more have forked, "
                + "or the graphs are of different networks"
        ]
    }
}
