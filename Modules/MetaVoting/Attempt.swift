import GossipGraph
import ParsecCore
import Voting

/// One attempt of an election: candidates, the observers of them, and the meta-votes of the observers' descendants.
///
/// Nearly every election takes one attempt. Another follows where all agreements of one end with false, which takes
/// forkers whose branches count twice.
struct Attempt: Sendable {
    /// A voter's first event that strongly sees the candidates of a supermajority (`protocol.md` section 4.6).
    struct Observer: Sendable {
        let event: EventIndex

        /// For each instance the candidate that the event strongly sees.
        let candidates: [EventIndex?]
    }

    /// What the attempt is about, unchanging while it lasts; shared, since it is at hand for every event.
    final class Setting: Sendable {
        let voters: VoterSet
        let rules: ProtocolRules
        let coin: any Coin
        let election: Int
        let attempt: Int

        init(voters: VoterSet, rules: ProtocolRules, coin: any Coin, election: Int, attempt: Int) {
            self.voters = voters
            self.rules = rules
            self.coin = coin
            self.election = election
            self.attempt = attempt
        }
    }

    private(set) var setting: Setting

    /// Where evaluation begins: no event before it has meta-votes.
    private(set) var start: EventIndex

    var candidates: CandidateTable
    private(set) var observers: [Observer] = []
    private var table: MetaVoteTable

    /// For each event from `start` on its record in the table, or `noRecord`.
    private var records: [Int32] = []

    private var counts: [UInt32] = []

    /// For each branch the voter whose only one it is, or -1.
    private var voterOfBranch: [Int32] = []

    /// The branches of which an event has news, and what it hears there.
    private var changes: [BranchChange] = []
    private var news: [MetaVoteTable.News]
    private var newsCount = 0

    /// For each voter the last of its events whose meta-votes were worked out; its chain has heard what that had heard.
    private var newest: [EventIndex?]

    init(setting: Setting, start: EventIndex) {
        self.setting = setting
        self.start = start
        candidates = CandidateTable(voterCount: setting.voters.count)
        table = MetaVoteTable(quorum: setting.voters.quorum)
        newest = Array(repeating: nil, count: setting.voters.count)
        news = Array(repeating: MetaVoteTable.News(of: 0, record: nil), count: setting.voters.count)
    }

    /// Begins anew with the same voters, in the room that there is.
    mutating func restart(setting: Setting, start: EventIndex) {
        self.setting = setting
        self.start = start
        candidates.removeAll()
        observers.removeAll(keepingCapacity: true)
        table.removeAll()
        records.removeAll(keepingCapacity: true)
        for voter in newest.indices { newest[voter] = nil }
    }

    // MARK: - Reading

    /// Whether all agreements are decided at an event.
    func isComplete(at event: EventIndex) -> Bool { record(of: event).map(table.isComplete) ?? false }

    /// The instances that are decided true at an event.
    func decidedTrue(at event: EventIndex) -> [Int] {
        guard let record = record(of: event) else { return [] }
        return decidedTrue(record)
    }

    private func decidedTrue(_ record: Int) -> [Int] {
        let decided = table.decidedTrue(record)
        return (0..<setting.voters.count).filter(decided.contains)
    }

    /// The meta-votes of an event, for each instance stage by stage; nil if it has none.
    func metaVotes(of event: EventIndex) -> [[MetaVote]]? {
        record(of: event).map { record in
            (0..<setting.voters.count).map { table.metaVotes(record, instance: $0) }
        }
    }

    /// The candidate that the observers among an event's ancestors strongly see.
    ///
    /// They agree on it: no two events strongly see candidates of one voter on different branches.
    func observedCandidate(of instance: Int, at event: EventIndex, in graph: Graph) -> EventIndex? {
        for observer in observers where graph.isDescendant(event, of: observer.event) {
            if let candidate = observer.candidates[instance] { return candidate }
        }
        return nil
    }

    private func record(of event: EventIndex) -> Int? {
        guard event >= start else { return nil }
        let offset = Int(event.value - start.value)
        guard offset < records.count, records[offset] != MetaVoteTable.noRecord else { return nil }
        return Int(records[offset])
    }

    // MARK: - Evaluating events

    /// Evaluates an event.
    ///
    /// - Parameter paths: the peers through which a candidate may be strongly seen.
    /// - Returns: the instances that are decided true there, once all agreements are decided; nil before.
    mutating func evaluate(_ event: EventIndex, in graph: Graph, paths: [PeerIndex]) -> [Int]? {
        let creator = graph.creator(of: event)
        guard graph.kind(of: event).isSync, let voter = setting.voters.instance(of: creator) else { return nil }

        let origin: MetaVoteTable.Origin
        if let parent = graph.selfSyncParent(of: event), let previous = record(of: parent) {
            origin = .continuing(previous)
        } else if graph.otherParent(of: event) == nil {
            // It strongly sees what the event before it on its chain does, which is no observer.
            return nil
        } else if let observer = observer(at: event, in: graph, paths: paths) {
            observers.append(observer)
            var observees = InstanceSet(of: setting.voters.count)
            for (instance, candidate) in observer.candidates.enumerated() where candidate != nil {
                observees.insert(instance)
            }
            origin = .observer(observees)
        } else {
            return nil
        }
        let record = count(origin, at: event, by: voter, in: graph)
        let offset = Int(event.value - start.value)
        while records.count < offset { records.append(MetaVoteTable.noRecord) }
        records.append(Int32(record))
        return table.isComplete(record) ? decidedTrue(record) : nil
    }

    /// Counts the others' meta-votes as an event knows them; returns the event's own.
    private mutating func count(
        _ origin: MetaVoteTable.Origin,
        at event: EventIndex,
        by voter: Int,
        in graph: Graph
    ) -> Int {
        let hasNews = hear(event, by: voter, in: graph)
        newest[voter] = event
        // What has been counted once need not be again, unless the coin had a part in it.
        if case .continuing(let previous) = origin, !hasNews, !table.isWaiting(previous) { return previous }
        let record = table.append(origin, by: voter)
        if table.isWaiting(record) {
            let setting = setting
            table.flip(record) { round, instance in
                let flip = CoinFlip(
                    election: setting.election,
                    attempt: setting.attempt,
                    round: round,
                    voter: setting.voters.peers[instance],
                    event: event
                )
                return setting.coin.value(of: flip, in: graph)
            }
        }
        return record
    }

    /// Takes in what the other voters' last events among an event's ancestors think; says whether any of it is new to the
    /// event's chain.
    private mutating func hear(_ event: EventIndex, by voter: Int, in graph: Graph) -> Bool {
        if let previous = graph.selfSyncParent(of: event), previous == newest[voter] {
            guard graph.otherParent(of: event) != nil else { return false }
            // A fork adds a branch, so that its peer counts as a forker from then on.
            if voterOfBranch.count != graph.branches.count { assignBranches(in: graph) }
            let count = graph.findChanges(at: event, since: previous, in: &changes)
            newsCount = Attempt.gather(
                changes,
                count,
                of: voterOfBranch,
                besides: voter,
                records,
                startingAt: start,
                into: &news
            )
            // Nearly always there are none, and going through a set copies it.
            if !graph.forkers.isEmpty { hearForkers(at: event, by: voter, in: graph) }
        } else {
            // The first of its events, or the first on another branch of a forker.
            table.forget(voter)
            newsCount = 0
            for other in 0..<setting.voters.count where other != voter { hear(of: other, at: event, in: graph) }
        }
        return table.hear(news, newsCount, by: voter)
    }

    /// Notes which records of others an event hears whose branches have changed.
    ///
    /// Not a method of an instance, of which no part can be lent while another changes; this runs for each event.
    ///
    /// - Parameters:
    ///   - voters: for each branch the voter, or -1.
    ///   - records: those of all events from `start` on.
    ///   - news: what was found is written over its beginning.
    /// - Returns: how many were found.
    private static func gather(
        _ changes: [BranchChange],
        _ changeCount: Int,
        of voters: [Int32],
        besides voter: Int,
        _ records: [Int32],
        startingAt start: EventIndex,
        into news: inout [MetaVoteTable.News]
    ) -> Int {
        let (changes, voters, records) = (changes.span, voters.span, records.span)
        var news = news.mutableSpan
        var count = 0
        for position in 0..<changeCount {
            let other = Int(voters[changes[position].branch.position])
            if other < 0 || other == voter { continue }
            var record = MetaVoteTable.noRecord
            if let last = changes[position].last, last >= start {
                let offset = Int(last.value - start.value)
                if offset < records.count { record = records[offset] }
            }
            news[count] = MetaVoteTable.News(other: Int32(truncatingIfNeeded: other), record: record)
            count += 1
        }
        return count
    }

    /// Notes which records of forkers an event hears.
    private mutating func hearForkers(at event: EventIndex, by voter: Int, in graph: Graph) {
        for forker in graph.forkers {
            guard let other = setting.voters.instance(of: forker), other != voter else { continue }
            hear(of: other, at: event, in: graph)
        }
    }

    /// Notes which record of another voter an event hears.
    private mutating func hear(of other: Int, at event: EventIndex, in graph: Graph) {
        let peer = setting.voters.peers[other]
        var last = graph.lastAncestor(of: event, by: peer)
        if let event = last { last = votingEvent(of: peer, last: event, in: graph) }
        hear(of: other, last: last)
    }

    /// Notes which record of another voter an event hears whose last event of it counts.
    private mutating func hear(of other: Int, last: EventIndex?) {
        var record: Int?
        // A closure here would have a copy of everything.
        if let last { record = self.record(of: last) }
        news[newsCount] = MetaVoteTable.News(of: other, record: record)
        newsCount += 1
    }

    /// Finds out whose the branches are; a forker's are left out.
    private mutating func assignBranches(in graph: Graph) {
        voterOfBranch.removeAll(keepingCapacity: true)
        for branch in graph.branches {
            let voter = graph.forkers.contains(branch.creator) ? nil : setting.voters.instance(of: branch.creator)
            voterOfBranch.append(voter.map { Int32($0) } ?? -1)
        }
    }

    /// The event whose meta-votes count as another voter's where its last event is this (`protocol.md` section 4.7.1).
    private func votingEvent(of peer: PeerIndex, last: EventIndex, in graph: Graph) -> EventIndex {
        guard setting.rules.forks == .firstArrived, graph.forkers.contains(peer) else { return last }
        return graph.events(by: peer, at: graph.indexByCreator(of: last))[0]
    }

    /// Tests whether an event strongly sees candidates of a supermajority.
    private mutating func observer(at event: EventIndex, in graph: Graph, paths: [PeerIndex]) -> Observer? {
        let quorum = setting.voters.quorum
        guard quorum.isSupermajority(candidates.voterCount) else { return nil }
        candidates.makeRoom(forBranches: graph.branches.count)
        while counts.count < graph.branches.count { counts.append(0) }
        graph.countSightings(from: event, through: paths, of: candidates.targets, into: &counts)

        var found = 0
        for column in counts.indices where quorum.isSupermajority(Int(counts[column])) { found += 1 }
        guard quorum.isSupermajority(found) else { return nil }

        var observed = [EventIndex?](repeating: nil, count: setting.voters.count)
        for column in counts.indices where quorum.isSupermajority(Int(counts[column])) {
            guard let candidate = candidates.candidate(on: BranchIndex(column)), candidate != event else { continue }
            let creator = graph.creator(of: candidate)
            guard let instance = setting.voters.instance(of: creator), !graph.provesFork(event, by: creator) else {
                continue
            }
            observed[instance] = candidate
        }
        let count = observed.reduce(0) { $0 + ($1 == nil ? 0 : 1) }
        return quorum.isSupermajority(count) ? Observer(event: event, candidates: observed) : nil
    }
}
