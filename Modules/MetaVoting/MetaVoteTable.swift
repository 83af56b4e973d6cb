import ParsecCore

/// The meta-votes of all events of one attempt of an election: one binary agreement per voter, all counted together.
///
/// A record belongs to one event and lists, stage by stage, what the event thinks of each voter's candidate. Truth
/// values of 64 agreements share a machine word, so that a stage costs a few word operations per other voter
/// (`protocol.md` sections 4.7.1 to 4.7.6).
struct MetaVoteTable: Sendable {
    /// What the list of an event begins with.
    enum Origin {
        /// The estimates of an observer: true for those whose candidate it observes, false for the others.
        case observer(InstanceSet)

        /// What the creator's previous sync event thought: a record.
        case continuing(Int)
    }

    /// One stage of 64 agreements.
    struct Block: Sendable {
        /// Estimates true and false, auxiliary values true and false. A decided agreement has its value in both.
        var votes = BitSlicedCounter.Lanes.zero
        var binTrue: UInt64 = 0
        var binFalse: UInt64 = 0

        /// Which agreements have got to this stage.
        var present: UInt64 = 0

        /// Which of them are decided here; they have no later stages.
        var decided: UInt64 = 0
    }

    /// What arrives at a stage from the one before.
    private struct Arrival {
        var present: UInt64 = 0
        var estimateTrue: UInt64 = 0
        var estimateFalse: UInt64 = 0
    }

    private let quorum: Quorum
    private let wordCount: Int

    /// The blocks of all records: stages in order, the words of a stage together.
    private var pool: [Block] = []
    private var ends: [UInt32] = []
    private var completeness: [Bool] = []

    private var counter: BitSlicedCounter
    private var arrivals: [Arrival]
    private var unended: [UInt64]

    init(quorum: Quorum) {
        self.quorum = quorum
        wordCount = (quorum.voterCount + 63) / 64
        counter = BitSlicedCounter(limit: quorum.voterCount)
        arrivals = Array(repeating: Arrival(), count: wordCount)
        unended = Array(repeating: 0, count: wordCount)
    }

    // MARK: - Reading

    /// Whether all agreements of a record are decided.
    func isComplete(_ record: Int) -> Bool { completeness[record] }

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

    private func start(_ record: Int) -> Int { record == 0 ? 0 : Int(ends[record - 1]) }

    private func stageCount(_ record: Int) -> Int { (Int(ends[record]) - start(record)) / wordCount }

    private func bit(_ instance: Int) -> UInt64 { 1 << UInt64(instance & 63) }

    /// The bits of a word that stand for agreements.
    private func everyInstance(in word: Int) -> UInt64 {
        let count = min(64, quorum.voterCount - 64 * word)
        return count == 64 ? .max : (1 << UInt64(count)) - 1
    }

    // MARK: - Counting

    /// Works out the meta-votes of an event and returns their record.
    ///
    /// - Parameters:
    ///   - others: the records of the other voters' last events among the event's ancestors.
    ///   - coin: the outcome of the coin for a round and an agreement, if it is known.
    mutating func append(_ origin: Origin, others: [Int], coin: (_ round: Int, _ instance: Int) -> Bool?) -> Int {
        for word in 0..<wordCount {
            arrivals[word] = Arrival()
            unended[word] = .max
        }
        let first = pool.count
        var stage = Stage(ordinal: 0)
        while appendStage(stage, origin, others: others, coin: coin) { stage = Stage(ordinal: stage.ordinal + 1) }

        ends.append(UInt32(pool.count))
        var isComplete = true
        for word in 0..<wordCount {
            var decided: UInt64 = 0
            for block in stride(from: first + word, to: pool.count, by: wordCount) { decided |= pool[block].decided }
            if decided != everyInstance(in: word) { isComplete = false }
        }
        completeness.append(isComplete)
        return ends.count - 1
    }

    /// Appends one stage of the newest record; returns false, appending nothing, if no agreement has got there.
    private mutating func appendStage(
        _ stage: Stage,
        _ origin: Origin,
        others: [Int],
        coin: (_ round: Int, _ instance: Int) -> Bool?
    ) -> Bool {
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
                count(&block, stage, word, others: others, later: later)
                if case .continuing = origin { flip(&block, stage, word, coin: coin) }
            }
            pool.append(block)
        }
        if !isOccupied { pool.removeLast(wordCount) }
        return isOccupied
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
    private mutating func count(_ block: inout Block, _ stage: Stage, _ word: Int, others: [Int], later: UInt64) {
        let active = block.present & ~block.decided
        counter.clear()
        var adoptTrue: UInt64 = 0
        var adoptFalse: UInt64 = 0
        for other in others where stage.ordinal < stageCount(other) {
            let theirs = pool[start(other) + stage.ordinal * wordCount + word]
            counter.add(theirs.votes)
            adoptTrue |= theirs.decided & theirs.votes[0]
            adoptFalse |= theirs.decided & theirs.votes[1]
        }
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
        let decideTrue = directTrue | active & adoptTrue & ~directFalse
        let decideFalse = directFalse | active & adoptFalse & ~decideTrue
        let decidedNow = decideTrue | decideFalse
        block.votes = block.votes & ~Lanes(repeating: decidedNow) | [decideTrue, decideFalse, decideTrue, decideFalse]
        block.binTrue = block.binTrue & ~decidedNow | decideTrue
        block.binFalse = block.binFalse & ~decidedNow | decideFalse
        block.decided |= decidedNow
        unended[word] &= ~block.decided

        var arrival = Arrival()
        arrival.present = active & ~decidedNow & ~later & counter.auxiliaryAtLeast(quorum.supermajority)
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

    /// Gives the coin's value to the agreements that are still without an estimate.
    ///
    /// It comes after everything else, so that it counts from the creator's next event on.
    private func flip(
        _ block: inout Block,
        _ stage: Stage,
        _ word: Int,
        coin: (_ round: Int, _ instance: Int) -> Bool?
    ) {
        var waiting = block.present & ~block.decided & ~(block.votes[0] | block.votes[1])
        while waiting != 0 {
            let instance = waiting.trailingZeroBitCount
            waiting &= waiting - 1
            guard let value = coin(stage.round, 64 * word + instance) else { continue }
            block.votes[value ? 0 : 1] |= 1 << UInt64(instance)
        }
    }
}
