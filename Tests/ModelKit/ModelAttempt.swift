public import ParsecCore

/// One attempt at an election, evaluated at every event of the graph (`protocol.md` sections 4.5 to 4.8).
///
/// The first attempt is the ordinary election. Another follows only on an attempt that decided every voter false.
public struct ModelAttempt: Sendable {
    /// The voters, in ascending order.
    public let voters: [PeerID]

    /// For each event, the payloads that it brings up as a candidate, in the creator's order; mostly none.
    public internal(set) var contents: [[ModelPayload]]

    /// For each event, the first event with content on its self-chain, itself included.
    public internal(set) var firstWithContent: [Int?]

    /// For each observer event, the candidate that it observes of each of its observees.
    public internal(set) var observees: [Int: [PeerID: Int]] = [:]

    /// For each event, the meta-votes about each voter, in the voters' order; empty where there are none.
    public internal(set) var metaVotes: [[[ModelMetaVote]]]

    /// The events at which the attempt is decided for every voter.
    public internal(set) var decidedEvents: [Int] = []

    /// The decision about each voter, in the voters' order, at the first event at which all are decided.
    public internal(set) var outcome: [Bool]?

    /// Says whether every voter is decided false.
    public var isAllFalse: Bool { outcome.map { !$0.contains(true) } ?? false }

    /// Returns the meta-votes of an event about a voter; empty where there are none.
    public func metaVotes(of event: Int, about voter: PeerID) -> [ModelMetaVote] {
        guard let position = voters.firstIndex(of: voter), metaVotes[event].indices.contains(position) else {
            return []
        }
        return metaVotes[event][position]
    }

    /// Returns the decisions at an event in the voters' order, or nil if some instance is open there.
    public func decisions(at event: Int) -> [Bool]? {
        guard !metaVotes[event].isEmpty else { return nil }
        var result: [Bool] = []
        for list in metaVotes[event] {
            guard let decision = list.last?.decision else { return nil }
            result.append(decision)
        }
        return result
    }

    /// The greatest round and step that any event reaches, or nil without meta-votes.
    public var lastStage: (round: Int, step: Int)? {
        var last: (round: Int, step: Int)?
        for lists in metaVotes {
            for case let vote? in lists.map(\.last) {
                if last.map({ (vote.round, vote.step) > $0 }) ?? true { last = (vote.round, vote.step) }
            }
        }
        return last
    }
}
