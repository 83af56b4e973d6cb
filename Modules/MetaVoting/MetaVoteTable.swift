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
        var votes = BitSlicedCounter.Lanes.zero
        var binTrue: UInt64 = 0
        var binFalse: UInt64 = 0

        /// Which agreements have got to this stage.
        var present: UInt64 = 0

        /// Which of them are decided here; they have no later stages.
        var decided: UInt64 = 0

        /// Which of them are without an estimate.
        var waiting: UInt64 { present & ~decided & ~(votes[0] | votes[1]) }
    }

    /// What arrives at a stage from the one before.
    private struct Arrival {
        var present: UInt64 = 0
        var estimateTrue: UInt64 = 0
        var estimateFalse: UInt64 = 0
    }

    /// What one event thinks: some stages of blocks.
    private struct Record {
        let start: UInt32
        var stageCount: UInt32 = 0

        /// Whether all agreements are decided, and whether any is.
        var isComplete = false
        var hasDecided = false

        /// Whether an agreement is without an estimate, so that the coin gives one.
        var isWaiting = false
    }

    private let quorum: Quorum
    private let wordCount: Int

    /// The blocks of all records: stages in order, the words of a stage together.
    private var pool: [Block] = []
    private var records: [Record] = []

    /// What each voter's chain has heard from the others.
    private var hearings: [Hearing]

    private var counter: BitSlicedCounter
    private var arrivals: [Arrival]
    private var unended: [UInt64]

    package init(quorum: Quorum) {
        self.quorum = quorum
        wordCount = (quorum.voterCount + 63) / 64
        hearings = (0..<quorum.voterCount).map { _ in Hearing(voterCount: quorum.voterCount) }
        counter = BitSlicedCounter(limit: quorum.voterCount)
        arrivals = Array(repeating: Arrival(), count: wordCount)
        unended = Array(repeating: 0, count: wordCount)
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
                if block.decided & block.votes[0] & bit(instance) != 0 { result.insert(instance) }
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

    /// What the newest event of a voter's chain has heard from the others, and the sums of their votes.
    ///
    /// From one event of a chain to the next few of the others say something new, so that what they say is not added up
    /// anew but corrected.
    private struct Hearing {
        /// For each voter the record of its last event that was heard of, or `none`.
        var records: [Int32]

        /// For each stage and word the planes of a counter.
        var sums: [BitSlicedCounter.Lanes] = []

        /// How many of the records have decided agreements.
        var decidedCount = 0

        /// The first stage at which votes have changed since the chain's last record was made.
        var firstChange = 0

        static let none: Int32 = -1

        init(voterCount: Int) {
            records = Array(repeating: Hearing.none, count: voterCount)
        }
    }

    /// Forgets what a voter's chain has heard; a forker's may go on from an older event.
    package mutating func forget(_ voter: Int) { hearings[voter] = Hearing(voterCount: quorum.voterCount) }

    /// Takes note of what the next event of a voter's chain hears from another; says whether it is something new.
    ///
    /// - Parameter record: that of the other's last event among the event's ancestors; nil if it has none.
    package mutating func hear(_ record: Int?, from other: Int, by voter: Int) -> Bool {
        let new = record.map { Int32($0) } ?? Hearing.none
        let old = hearings[voter].records[other]
        guard new != old else { return false }
        hearings[voter].records[other] = new
        let planeCount = BitSlicedCounter.planeCount(limit: quorum.voterCount)
        let counts = (old: old < 0 ? 0 : stageCount(Int(old)), new: new < 0 ? 0 : stageCount(Int(new)))
        let needed = max(counts.old, counts.new) * wordCount * planeCount
        while hearings[voter].sums.count < needed { hearings[voter].sums.append(.zero) }
        if counts.old > 0, records[Int(old)].hasDecided { hearings[voter].decidedCount -= 1 }
        if counts.new > 0, records[Int(new)].hasDecided { hearings[voter].decidedCount += 1 }
        let starts = (old: counts.old > 0 ? start(Int(old)) : 0, new: counts.new > 0 ? start(Int(new)) : 0)
        let firstChange = MetaVoteTable.correct(
            &hearings[voter].sums,
            planeCount,
            pool,
            old: starts.old..<starts.old + counts.old * wordCount,
            new: starts.new..<starts.new + counts.new * wordCount
        )
        hearings[voter].firstChange = min(hearings[voter].firstChange, firstChange / wordCount)
        return true
    }

    /// Puts votes in the place of others; returns the first block that differs.
    ///
    /// Not a method of a table, of which no part can be lent while another changes.
    private static func correct(
        _ sums: inout [BitSlicedCounter.Lanes],
        _ planeCount: Int,
        _ pool: [Block],
        old: Range<Int>,
        new: Range<Int>
    ) -> Int {
        let blocks = pool.span
        var planes = sums.mutableSpan
        let count = max(old.count, new.count)
        var first = count
        for place in 0..<count {
            let before = place < old.count ? blocks[old.lowerBound + place] : Block()
            let after = place < new.count ? blocks[new.lowerBound + place] : Block()
            if before.votes != after.votes {
                BitSlicedCounter.subtract(before.votes & ~after.votes, from: &planes, from: place * planeCount)
                BitSlicedCounter.add(after.votes & ~before.votes, to: &planes, from: place * planeCount)
            } else if before.decided == after.decided {
                continue
            }
            first = min(first, place)
        }
        return first
    }

    // MARK: - Counting

    /// Works out the meta-votes of a voter's next event from what it has heard, and returns their record, but for what the
    /// coin gives; an event at which nothing changes has the record of the event before.
    package mutating func append(_ origin: Origin, by voter: Int) -> Int {
        var settled = 0
        if case .continuing(let previous) = origin, !isWaiting(previous) {
            settled = hearings[voter].firstChange
            // What changed is said at stages to which the event has not got.
            if settled >= stageCount(previous) { return previous }
        }
        hearings[voter].firstChange = .max
        for word in 0..<wordCount {
            arrivals[word] = Arrival()
            unended[word] = everyInstance(in: word)
        }
        records.append(Record(start: UInt32(pool.count)))
        var stage = Stage(ordinal: 0)
        while stage.ordinal < settled {
            copyStage(stage, origin)
            stage = Stage(ordinal: stage.ordinal + 1)
        }
        while appendStage(stage, origin, by: voter) { stage = Stage(ordinal: stage.ordinal + 1) }
        records[records.count - 1].isComplete = unended.allSatisfy { $0 == 0 }
        if case .continuing(let previous) = origin, isNewestLike(previous) {
            pool.removeLast(pool.count - start(records.count - 1))
            records.removeLast()
            return previous
        }
        return records.count - 1
    }

    /// Works out the meta-votes of an event that has heard of these records and no others, and returns their record.
    ///
    /// - Parameter coin: the outcome of the coin for a round and an agreement, if it is known.
    mutating func append(_ origin: Origin, others: [Int], coin: (_ round: Int, _ instance: Int) -> Bool?) -> Int {
        let voter = quorum.voterCount - 1
        forget(voter)
        for (other, record) in others.enumerated() { _ = hear(record, from: other, by: voter) }
        let record = append(origin, by: voter)
        if isWaiting(record) { flip(record, coin: coin) }
        return record
    }

    /// Whether the newest record says the same as another, and nothing waits for the coin.
    private func isNewestLike(_ other: Int) -> Bool {
        let newest = records.count - 1
        guard !records[newest].isWaiting, !records[other].isWaiting, stageCount(newest) == stageCount(other) else {
            return false
        }
        let count = stageCount(newest) * wordCount
        return pool[start(newest)..<start(newest) + count] == pool[start(other)..<start(other) + count]
    }

    /// Appends one stage of the newest record; returns false, appending nothing, if no agreement has got there.
    private mutating func appendStage(_ stage: Stage, _ origin: Origin, by voter: Int) -> Bool {
        let newest = records.count - 1
        var isOccupied = false
        for word in 0..<wordCount {
            var block = ownBlock(stage, word, origin)
            block.present &= unended[word]
            block.decided &= unended[word]
            let arrival = arrivals[word]
            block.present |= arrival.present
            block.votes[0] |= arrival.estimateTrue
            block.votes[1] |= arrival.estimateFalse
            arrivals[word] = Arrival()
            if block.present != 0 {
                isOccupied = true
                let later = ownBlock(Stage(ordinal: stage.ordinal + 1), word, origin).present
                count(&block, stage, word, by: voter, later: later)
                if case .continuing = origin, block.waiting != 0 { records[newest].isWaiting = true }
                if block.decided != 0 { records[newest].hasDecided = true }
            }
            pool.append(block)
        }
        guard isOccupied else {
            pool.removeLast(wordCount)
            return false
        }
        records[newest].stageCount += 1
        return true
    }

    /// Appends one stage of the newest record at which it says what the event before does: nobody's votes have changed.
    private mutating func copyStage(_ stage: Stage, _ origin: Origin) {
        let newest = records.count - 1
        for word in 0..<wordCount {
            let block = ownBlock(stage, word, origin)
            unended[word] &= ~block.decided
            if block.decided != 0 { records[newest].hasDecided = true }
            pool.append(block)
        }
        records[newest].stageCount += 1
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
    private mutating func count(_ block: inout Block, _ stage: Stage, _ word: Int, by voter: Int, later: UInt64) {
        let active = block.present & ~block.decided
        unended[word] &= ~block.decided
        guard active != 0 else { return }
        let place = stage.ordinal * wordCount + word
        let planeCount = BitSlicedCounter.planeCount(limit: quorum.voterCount)
        counter.start(with: hearings[voter].sums.dropFirst(place * planeCount).prefix(planeCount))
        let adopt = decisions(stage, word, heardBy: voter)
        counter.add(block.votes)

        // Estimates of a third of the voters are taken over, unless one's own is still waiting for the coin.
        let backed = counter.atLeast(quorum.oneThird)
        let hasEstimate = active & (block.votes[0] | block.votes[1])
        let newTrue = hasEstimate & backed[0] & ~block.votes[0]
        let newFalse = hasEstimate & backed[1] & ~block.votes[1]
        block.votes[0] |= newTrue
        block.votes[1] |= newFalse
        counter.add([newTrue, newFalse, 0, 0])

        let agreed = counter.atLeast(quorum.supermajority)
        let hadNoBin = active & ~(block.binTrue | block.binFalse)
        block.binTrue |= active & agreed[0]
        block.binFalse |= active & agreed[1]

        // The auxiliary value is the first bin value, and true if both come at once.
        let unset = hadNoBin & ~(block.votes[2] | block.votes[3])
        let auxTrue = unset & block.binTrue
        let auxFalse = unset & ~block.binTrue & block.binFalse
        block.votes[2] |= auxTrue
        block.votes[3] |= auxFalse
        counter.add([0, 0, auxTrue, auxFalse])
        let final = counter.atLeast(quorum.supermajority)

        let directTrue = stage.step == .forcedTrue ? active & block.binTrue & final[2] : 0
        let directFalse = stage.step == .forcedFalse ? active & block.binFalse & final[3] : 0
        let decideTrue = directTrue | active & adopt.whenTrue & ~directFalse
        let decideFalse = directFalse | active & adopt.whenFalse & ~decideTrue
        let decidedNow = decideTrue | decideFalse
        block.votes = block.votes & ~Lanes(repeating: decidedNow) | [decideTrue, decideFalse, decideTrue, decideFalse]
        block.binTrue = block.binTrue & ~decidedNow | decideTrue
        block.binFalse = block.binFalse & ~decidedNow | decideFalse
        block.decided |= decidedNow
        unended[word] &= ~block.decided

        var arrival = Arrival()
        arrival.present = active & ~decidedNow & ~later
        if arrival.present != 0 { arrival.present &= counter.auxiliaryAtLeast(quorum.supermajority) }
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
        arrivals[word] = arrival
    }

    private typealias Lanes = BitSlicedCounter.Lanes

    /// For which agreements any of the others has decided at one stage, true or false.
    private func decisions(_ stage: Stage, _ word: Int, heardBy voter: Int) -> (whenTrue: UInt64, whenFalse: UInt64) {
        var result = (whenTrue: UInt64(0), whenFalse: UInt64(0))
        guard hearings[voter].decidedCount > 0 else { return result }
        for other in hearings[voter].records where other != Hearing.none {
            let record = records[Int(other)]
            guard record.hasDecided, stage.ordinal < Int(record.stageCount) else { continue }
            let theirs = pool[Int(record.start) + stage.ordinal * wordCount + word]
            result.whenTrue |= theirs.decided & theirs.votes[0]
            result.whenFalse |= theirs.decided & theirs.votes[1]
        }
        return result
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
