package import ParsecCore

/// The meta-votes of all events of one attempt of an election: one binary agreement per voter, all counted together.
///
/// A record belongs to one event and lists, stage by stage, what the event thinks of each voter's candidate. Truth
/// values of 64 agreements share a machine word, so that a stage costs a few word operations per other voter
/// (`protocol.md` sections 4.7.1 to 4.7.6).
package struct MetaVoteTable: Sendable {
    /// What the list of an event begins with.
    package enum Origin {
        /// The estimates of an observer: true for those whose candidate it observes, false for the others.
        case observer(InstanceSet)

        /// What the creator's previous sync event thought: a record.
        case continuing(Int)
    }

    /// One stage of 64 agreements.
    struct Block: Hashable, Sendable {
        /// Estimates true and false, auxiliary values true and false. A decided agreement has its value in both.
        var votes = VoteCounts.Lanes.zero
        var binTrue: UInt64 = 0
        var binFalse: UInt64 = 0

        /// Which agreements have got to this stage.
        var present: UInt64 = 0

        /// Which of them are decided here; they have no later stages.
        var decided: UInt64 = 0

        /// Which of them are without an estimate.
        var waiting: UInt64 { present & ~decided & ~(votes[0] | votes[1]) }

        var decidedTrue: UInt64 { decided & votes[0] }
        var decidedFalse: UInt64 { decided & votes[1] }
    }

    /// What arrives at a stage from the one before.
    private struct Arrival {
        var present: UInt64 = 0
        var estimateTrue: UInt64 = 0
        var estimateFalse: UInt64 = 0
    }

    /// What one event thinks: some stages of blocks.
    struct Record: Sendable {
        let start: UInt32
        var stageCount: UInt32 = 0

        /// Whether all agreements are decided.
        var isComplete = false

        /// Whether an agreement is without an estimate, so that the coin gives one.
        var isWaiting = false
    }

    /// The record of another voter's last event among an event's ancestors.
    package struct News: Sendable {
        let other: Int32

        /// A record, or `noRecord`.
        let record: Int32

        init(other: Int32, record: Int32) {
            (self.other, self.record) = (other, record)
        }

        /// - Parameter record: nil if there is no such event, or it has no record.
        package init(of other: Int, record: Int?) {
            self.init(other: Int32(other), record: record.map { Int32($0) } ?? MetaVoteTable.noRecord)
        }
    }

    /// Stands for the record of an event that has none.
    static let noRecord: Int32 = -1

    private let quorum: Quorum
    private let wordCount: Int

    /// The blocks of all records, after an empty one: stages in order, the words of a stage together.
    private var pool = [Block()]
    private var records: [Record] = []

    /// What each voter's chain has heard from the others.
    private var hearings: Hearings

    /// The blocks of the record that is being made.
    private var draft: [Block] = []

    package init(quorum: Quorum) {
        self.quorum = quorum
        wordCount = (quorum.voterCount + 63) / 64
        hearings = Hearings(quorum: quorum, wordCount: wordCount)
    }

    /// Forgets all records.
    mutating func removeAll() {
        pool.removeSubrange(1...)
        records.removeAll(keepingCapacity: true)
        hearings.removeAll()
    }

    // MARK: - Reading

    /// Whether all agreements of a record are decided.
    package func isComplete(_ record: Int) -> Bool { records[record].isComplete }

    /// Whether the coin has to give, or gave, estimates to agreements of a record.
    ///
    /// If not, the record is all that follows from what it counted: to count the same again would change nothing.
    package func isWaiting(_ record: Int) -> Bool { records[record].isWaiting }

    /// The agreements of a record that are decided true.
    func decidedTrue(_ record: Int) -> InstanceSet {
        var result = InstanceSet(of: quorum.voterCount)
        for instance in 0..<quorum.voterCount {
            for stage in 0..<stageCount(record) {
                let block = pool[start(record) + stage * wordCount + instance >> 6]
                if block.decidedTrue & bit(instance) != 0 { result.insert(instance) }
            }
        }
        return result
    }

    /// The meta-votes of a record on one agreement, stage by stage.
    func metaVotes(_ record: Int, instance: Int) -> [MetaVote] {
        var list: [MetaVote] = []
        let bit = bit(instance)
        for stage in 0..<stageCount(record) {
            let block = pool[start(record) + stage * wordCount + instance >> 6]
            guard block.present & bit != 0 else { break }
            func set(_ whenTrue: UInt64, _ whenFalse: UInt64) -> BoolSet {
                var values: BoolSet = []
                if whenTrue & bit != 0 { values.insert(.justTrue) }
                if whenFalse & bit != 0 { values.insert(.justFalse) }
                return values
            }
            let auxiliary = set(block.votes[2], block.votes[3])
            let value: MetaVote.Value
            if block.decided & bit != 0 {
                value = .decided(auxiliary.contains(true))
            } else {
                value = .undecided(
                    estimates: set(block.votes[0], block.votes[1]),
                    binValues: set(block.binTrue, block.binFalse),
                    auxiliary: auxiliary.isEmpty ? nil : auxiliary.contains(true)
                )
            }
            list.append(MetaVote(stage: Stage(ordinal: stage), value: value))
        }
        return list
    }

    private func start(_ record: Int) -> Int { Int(records[record].start) }

    private func stageCount(_ record: Int) -> Int { Int(records[record].stageCount) }

    private func bit(_ instance: Int) -> UInt64 { 1 << UInt64(instance & 63) }

    /// The bits of a word that stand for agreements.
    private func everyInstance(in word: Int) -> UInt64 {
        let count = min(64, quorum.voterCount - 64 * word)
        return count == 64 ? .max : (1 << UInt64(count)) - 1
    }

    // MARK: - Hearing

    /// Forgets what a voter's chain has heard; a forker's may go on from an older event.
    package mutating func forget(_ voter: Int) { hearings.forget(voter) }

    /// Takes note of what the next event of a voter's chain hears from others; says whether any of it is new.
    ///
    /// - Parameters:
    ///   - news: at most one entry for each of the others, and room for more.
    ///   - count: how many of the entries count.
    mutating func hear(_ news: [News], _ count: Int, by voter: Int) -> Bool {
        hearings.hear(news, count, by: voter, records, pool)
    }

    /// Takes note of news in a list of their own.
    package mutating func hear(_ news: [News], by voter: Int) -> Bool { hear(news, news.count, by: voter) }

    // MARK: - Counting

    /// Works out the meta-votes of a voter's next event from what it has heard, and returns their record, but for what the
    /// coin gives; an event at which nothing changes has the record of the event before.
    package mutating func append(_ origin: Origin, by voter: Int) -> Int {
        var settled = 0
        if case .continuing(let previous) = origin, !isWaiting(previous) {
            settled = hearings.firstChange(of: voter)
            // What changed is said at stages to which the event has not got.
            if settled >= stageCount(previous) { return previous }
        }
        hearings.noteCounted(by: voter)
        var record = Record(start: UInt32(pool.count))
        record.isComplete = true
        var isNew = false
        for place in draft.indices where wordCount > 1 { draft[place] = Block() }
        for word in 0..<wordCount {
            if makeDraft(of: &record, word, origin, settled: settled, by: voter) { isNew = true }
        }
        if case .continuing(let previous) = origin, !isNew, !record.isWaiting, !isWaiting(previous) { return previous }
        pool.append(contentsOf: draft.prefix(Int(record.stageCount) * wordCount))
        records.append(record)
        return records.count - 1
    }

    /// Works out the meta-votes of an event that has heard of these records and no others, and returns their record.
    ///
    /// - Parameter coin: the outcome of the coin for a round and an agreement, if it is known.
    mutating func append(_ origin: Origin, others: [Int], coin: (_ round: Int, _ instance: Int) -> Bool?) -> Int {
        let voter = quorum.voterCount - 1
        forget(voter)
        _ = hear(others.enumerated().map { News(of: $0, record: $1) }, by: voter)
        let record = append(origin, by: voter)
        if isWaiting(record) { flip(record, coin: coin) }
        return record
    }

    /// Works out 64 agreements of a record, stage by stage; says whether anything is not as in the event before.
    ///
    /// - Parameter settled: how many stages are as in the event before, since nobody's votes there have changed.
    private mutating func makeDraft(
        of record: inout Record,
        _ word: Int,
        _ origin: Origin,
        settled: Int,
        by voter: Int
    ) -> Bool {
        var isNew = false
        var unended = everyInstance(in: word)
        var arrival = Arrival()
        var stage = Stage(ordinal: 0)
        var own = ownBlock(stage, word, origin)
        while true {
            let next = ownBlock(Stage(ordinal: stage.ordinal + 1), word, origin)
            var block = own
            if stage.ordinal >= settled {
                block.present = block.present & unended | arrival.present
                block.decided &= unended
                block.votes[0] |= arrival.estimateTrue
                block.votes[1] |= arrival.estimateFalse
                arrival = count(&block, stage, word, by: voter, later: next.present)
                if block != own { isNew = true }
            }
            if block.present == 0 { break }
            unended &= ~block.decided
            if case .continuing = origin, block.waiting != 0 { record.isWaiting = true }
            let place = stage.ordinal * wordCount + word
            // Whole stages: other words may not get as far.
            while draft.count < (stage.ordinal + 1) * wordCount { draft.append(Block()) }
            draft[place] = block
            stage = Stage(ordinal: stage.ordinal + 1)
            own = next
        }
        record.stageCount = max(record.stageCount, UInt32(stage.ordinal))
        if unended != 0 { record.isComplete = false }
        return isNew
    }

    /// What the list of an event begins with, at one stage.
    private func ownBlock(_ stage: Stage, _ word: Int, _ origin: Origin) -> Block {
        switch origin {
        case .continuing(let record):
            return stage.ordinal < stageCount(record) ? pool[start(record) + stage.ordinal * wordCount + word] : Block()
        case .observer(let observees):
            var block = Block()
            if stage.ordinal == 0 {
                block.present = everyInstance(in: word)
                block.votes[0] = observees.words[word]
                block.votes[1] = block.present & ~observees.words[word]
            }
            return block
        }
    }

    /// Counts the others' meta-votes of one stage and draws the consequences, here and for the next stage.
    ///
    /// - Parameter later: the agreements that had got past this stage before.
    private func count(_ block: inout Block, _ stage: Stage, _ word: Int, by voter: Int, later: UInt64) -> Arrival {
        let active = block.present & ~block.decided
        guard active != 0 else { return Arrival() }
        let place = stage.ordinal * wordCount + word
        let counts = hearings.counts(at: place, by: voter)
        let adopted = hearings.decisions(at: place, by: voter)

        // Estimates of a third of the voters are taken over, unless one's own is still waiting for the coin.
        let backed = counts.third.with(block.votes.lowHalf)
        let hasEstimate = active & (block.votes[0] | block.votes[1])
        block.votes[0] |= hasEstimate & backed[0]
        block.votes[1] |= hasEstimate & backed[1]

        let agreed = counts.supermajority.with(block.votes)
        let hadNoBin = active & ~(block.binTrue | block.binFalse)
        block.binTrue |= active & agreed[0]
        block.binFalse |= active & agreed[1]

        // The auxiliary value is the first bin value, and true if both come at once.
        let unset = hadNoBin & ~(block.votes[2] | block.votes[3])
        block.votes[2] |= unset & block.binTrue
        block.votes[3] |= unset & ~block.binTrue & block.binFalse
        let final = counts.supermajority.with(block.votes)
        let ownAuxiliary = block.votes[2] | block.votes[3]

        let directTrue = stage.step == .forcedTrue ? active & block.binTrue & final[2] : 0
        let directFalse = stage.step == .forcedFalse ? active & block.binFalse & final[3] : 0
        let decideTrue = directTrue | active & adopted.whenTrue & ~directFalse
        let decideFalse = directFalse | active & adopted.whenFalse & ~decideTrue
        let decidedNow = decideTrue | decideFalse
        if decidedNow != 0 {
            let decisions: VoteCounts.Lanes = [decideTrue, decideFalse, decideTrue, decideFalse]
            block.votes = block.votes & ~VoteCounts.Lanes(repeating: decidedNow) | decisions
            block.binTrue = block.binTrue & ~decidedNow | decideTrue
            block.binFalse = block.binFalse & ~decidedNow | decideFalse
            block.decided |= decidedNow
        }

        var arrival = Arrival()
        arrival.present = active & ~decidedNow & ~later
        guard arrival.present != 0 else { return arrival }
        arrival.present &= hearings.auxiliaries(at: place, by: voter).with(ownAuxiliary)
        switch stage.step {
        case .forcedTrue:
            arrival.estimateFalse = arrival.present & final[3]
            arrival.estimateTrue = arrival.present & ~arrival.estimateFalse
        case .forcedFalse:
            arrival.estimateTrue = arrival.present & final[2]
            arrival.estimateFalse = arrival.present & ~arrival.estimateTrue
        case .genuineFlip:
            arrival.estimateTrue = arrival.present & final[2]
            arrival.estimateFalse = arrival.present & ~arrival.estimateTrue & final[3]
        }
        return arrival
    }

    /// Gives the coin's value to the agreements of the newest record that are still without an estimate.
    ///
    /// It comes after everything else, so that it counts from the creator's next event on.
    package mutating func flip(_ record: Int, coin: (_ round: Int, _ instance: Int) -> Bool?) {
        assert(record == records.count - 1, "records that others have counted do not change")
        for ordinal in 0..<stageCount(record) {
            for word in 0..<wordCount {
                let place = start(record) + ordinal * wordCount + word
                var waiting = pool[place].waiting
                while waiting != 0 {
                    let instance = waiting.trailingZeroBitCount
                    waiting &= waiting - 1
                    guard let value = coin(Stage(ordinal: ordinal).round, 64 * word + instance) else { continue }
                    pool[place].votes[value ? 0 : 1] |= 1 << UInt64(instance)
                }
            }
        }
    }
}
