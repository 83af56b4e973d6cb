import ParsecCore

/// What the newest event of each voter's chain has heard from the others: their records, and the sums of their votes.
///
/// From one event of a chain to the next few of the others say something new, so that what they say is not added up anew
/// but corrected.
struct Hearings: Sendable {
    /// Which agreements somebody has decided, true or false.
    struct Decisions: Hashable, Sendable {
        var whenTrue: UInt64 = 0
        var whenFalse: UInt64 = 0
    }

    private typealias Block = MetaVoteTable.Block

    /// Where the blocks of a record are; empty if there is none.
    private struct Stretch {
        var start: UInt32 = 0
        var count: UInt32 = 0

        /// A block, or the empty one that the pool begins with where there are no more.
        @inline(__always)
        func block(_ offset: Int, in pool: Span<Block>) -> Block {
            pool[offset < Int(count) ? Int(start) + offset : 0]
        }
    }

    /// A record in the place of another.
    private struct Change {
        var before = Stretch()
        var after = Stretch()

        var length: Int { Int(max(before.count, after.count)) }
    }

    /// One block in the place of another.
    private struct Difference {
        let old: Block
        let new: Block

        @inline(__always)
        init(_ change: Change, at offset: Int, in pool: Span<Block>) {
            old = change.before.block(offset, in: pool)
            new = change.after.block(offset, in: pool)
        }

        var isAny: Bool { old.votes != new.votes || old.decided != new.decided }

        var gained: VoteCounts.Lanes { new.votes & ~old.votes }
        var lost: VoteCounts.Lanes { old.votes & ~new.votes }

        /// What was decided and is no longer, or otherwise.
        var takenBack: UInt64 { old.decidedTrue & ~new.decidedTrue | old.decidedFalse & ~new.decidedFalse }
    }

    private let quorum: Quorum
    private let wordCount: Int
    private let planeCount: Int

    /// How many places, stages of 64 agreements, there is room for with each voter.
    private var placeCount = 0

    /// For each voter and each other the record of the other's last event that was heard of, or `noRecord`.
    private var heard: [Int32]

    /// For each voter and place the planes of the others' votes.
    private var planes: [VoteCounts.Lanes] = []

    /// For each voter and place what others have decided.
    private var decisions: [Decisions] = []

    /// For each voter the first stage at which votes have changed since its chain's last record was made.
    private var firstChanges: [Int]

    /// The changes that an event brings, made up to a multiple of four; room for them.
    private var changes: [Change]

    init(quorum: Quorum, wordCount: Int) {
        self.quorum = quorum
        self.wordCount = wordCount
        planeCount = VoteCounts.planeCount(limit: quorum.voterCount)
        heard = Array(repeating: MetaVoteTable.noRecord, count: quorum.voterCount * quorum.voterCount)
        firstChanges = Array(repeating: 0, count: quorum.voterCount)
        changes = Array(repeating: Change(), count: quorum.voterCount + 3)
    }

    /// Forgets what all have heard.
    mutating func removeAll() {
        for place in heard.indices { heard[place] = MetaVoteTable.noRecord }
        for voter in firstChanges.indices { firstChanges[voter] = 0 }
        (planes, decisions, placeCount) = ([], [], 0)
    }

    // MARK: - Reading

    /// The first stage at which votes have changed since a voter's chain last counted.
    func firstChange(of voter: Int) -> Int { firstChanges[voter] }

    /// Which estimates of the others reach a third, and which of all votes a supermajority, with and without the voter's own.
    @inline(__always)
    func counts(
        at place: Int,
        by voter: Int
    ) -> (third: VoteCounts.Reach<VoteCounts.Estimates>, supermajority: VoteCounts.Reach<VoteCounts.Lanes>) {
        let reach = VoteCounts.compare(
            planes.span,
            planes(at: place, by: voter),
            estimatesWith: quorum.oneThird,
            allWith: quorum.supermajority
        )
        return (reach.estimates, reach.all)
    }

    /// For which agreements the others' auxiliary values reach a supermajority, with and without the voter's own.
    @inline(__always)
    func auxiliaries(at place: Int, by voter: Int) -> VoteCounts.Reach<UInt64> {
        VoteCounts.compareAuxiliaries(planes.span, planes(at: place, by: voter), with: quorum.supermajority)
    }

    /// What any of the others has decided at a place.
    @inline(__always)
    func decisions(at place: Int, by voter: Int) -> Decisions {
        place < placeCount ? decisions[voter * placeCount + place] : Decisions()
    }

    /// The planes of a place; none, which count as zeros, where nobody has voted.
    @inline(__always)
    private func planes(at place: Int, by voter: Int) -> Range<Int> {
        guard place < placeCount else { return 0..<0 }
        let start = (voter * placeCount + place) * planeCount
        return start..<start + planeCount
    }

    // MARK: - Hearing

    /// Takes note that a voter's chain has counted what it has heard.
    mutating func noteCounted(by voter: Int) { firstChanges[voter] = .max }

    /// Forgets what a voter's chain has heard.
    mutating func forget(_ voter: Int) {
        for other in 0..<quorum.voterCount { heard[voter * quorum.voterCount + other] = MetaVoteTable.noRecord }
        for place in voter * placeCount..<(voter + 1) * placeCount { decisions[place] = Decisions() }
        for plane in voter * placeCount * planeCount..<(voter + 1) * placeCount * planeCount { planes[plane] = .zero }
        firstChanges[voter] = 0
    }

    /// Takes note of what the next event of a voter's chain hears from others; says whether any of it is new.
    ///
    /// - Parameters:
    ///   - news: at most one entry for each of the others, and room for more.
    ///   - newsCount: how many of the entries count.
    mutating func hear(
        _ news: [MetaVoteTable.News],
        _ newsCount: Int,
        by voter: Int,
        _ records: [MetaVoteTable.Record],
        _ pool: [MetaVoteTable.Block]
    ) -> Bool {
        let (count, longest) = Hearings.gather(
            news,
            newsCount,
            &heard,
            records,
            into: &changes,
            firstHeard: voter * quorum.voterCount,
            wordCount: wordCount
        )
        if count == 0 { return false }
        if longest > placeCount { makeRoom(longest) }
        let result = Hearings.correct(
            &planes,
            &decisions,
            pool,
            changes,
            count,
            firstPlace: voter * placeCount,
            planeCount: planeCount
        )
        firstChanges[voter] = min(firstChanges[voter], result.first / wordCount)
        if result.isTakenBack { gatherDecisions(heardBy: voter, records, pool) }
        return true
    }

    /// Finds out which records a chain has not heard yet.
    ///
    /// - Parameters:
    ///   - heard: the records that were heard, from `firstHeard` on those of the chain.
    ///   - changes: what is new is written over its beginning, made up to a multiple of four.
    /// - Returns: how many there are, and how many blocks the longest has.
    private static func gather(
        _ news: [MetaVoteTable.News],
        _ newsCount: Int,
        _ heard: inout [Int32],
        _ records: [MetaVoteTable.Record],
        into changes: inout [Change],
        firstHeard: Int,
        wordCount: Int
    ) -> (count: Int, longest: Int) {
        let (news, records) = (news.span, records.span)
        var heard = heard.mutableSpan
        var changes = changes.mutableSpan
        var (count, longest) = (0, 0)
        for position in 0..<newsCount {
            let entry = news[position]
            let place = firstHeard + Int(entry.other)
            if entry.record == heard[place] { continue }
            let change = Change(
                before: blocks(of: heard[place], records, wordCount),
                after: blocks(of: entry.record, records, wordCount)
            )
            heard[place] = entry.record
            longest = max(longest, change.length)
            changes[count] = change
            count += 1
        }
        while count % 4 != 0 {
            changes[count] = Change()
            count += 1
        }
        return (count, longest)
    }

    /// Where the blocks of a record are.
    @inline(__always)
    private static func blocks(of record: Int32, _ records: Span<MetaVoteTable.Record>, _ wordCount: Int) -> Stretch {
        guard record != MetaVoteTable.noRecord else { return Stretch() }
        let record = records[Int(record)]
        return Stretch(start: record.start, count: record.stageCount * UInt32(wordCount))
    }

    /// Puts votes in the place of others.
    ///
    /// Not a method of an instance, of which no part can be lent while another changes.
    ///
    /// - Parameter changes: a multiple of four, which are added up together.
    /// - Returns: the first block that differs, and whether somebody takes back a decision, as only a forker can.
    private static func correct(
        _ planes: inout [VoteCounts.Lanes],
        _ decisions: inout [Decisions],
        _ pool: [Block],
        _ changes: [Change],
        _ changeCount: Int,
        firstPlace: Int,
        planeCount: Int
    ) -> (first: Int, isTakenBack: Bool) {
        let (blocks, changes) = (pool.span, changes.span)
        var planes = planes.mutableSpan
        var decisions = decisions.mutableSpan
        var (first, isTakenBack) = (Int.max, false)
        for group in stride(from: 0, to: changeCount, by: 4) {
            let (a, b, c, d) = (changes[group], changes[group + 1], changes[group + 2], changes[group + 3])
            for offset in 0..<max(a.length, b.length, c.length, d.length) {
                let (a, b) = (Difference(a, at: offset, in: blocks), Difference(b, at: offset, in: blocks))
                let (c, d) = (Difference(c, at: offset, in: blocks), Difference(d, at: offset, in: blocks))
                guard a.isAny || b.isAny || c.isAny || d.isAny else { continue }
                first = min(first, offset)
                let place = firstPlace + offset
                // What is lost comes first, lest a count gets too high for its planes.
                if a.lost | b.lost | c.lost | d.lost != .zero {
                    VoteCounts.subtract(a.lost, from: &planes, from: place * planeCount)
                    VoteCounts.subtract(b.lost, from: &planes, from: place * planeCount)
                    VoteCounts.subtract(c.lost, from: &planes, from: place * planeCount)
                    VoteCounts.subtract(d.lost, from: &planes, from: place * planeCount)
                }
                VoteCounts.add((a.gained, b.gained, c.gained, d.gained), to: &planes, from: place * planeCount)
                decisions[place].whenTrue |=
                    a.new.decidedTrue | b.new.decidedTrue | c.new.decidedTrue | d.new.decidedTrue
                decisions[place].whenFalse |=
                    a.new.decidedFalse | b.new.decidedFalse | c.new.decidedFalse | d.new.decidedFalse
                if a.takenBack | b.takenBack | c.takenBack | d.takenBack != 0 { isTakenBack = true }
            }
        }
        return (first, isTakenBack)
    }

    /// Puts together anew what the others have decided.
    private mutating func gatherDecisions(heardBy voter: Int, _ records: [MetaVoteTable.Record], _ pool: [Block]) {
        for place in 0..<placeCount { decisions[voter * placeCount + place] = Decisions() }
        for other in 0..<quorum.voterCount {
            let stretch = Hearings.blocks(
                of: heard[voter * quorum.voterCount + other],
                records.span,
                wordCount
            )
            for place in 0..<Int(stretch.count) {
                let block = pool[Int(stretch.start) + place]
                decisions[voter * placeCount + place].whenTrue |= block.decidedTrue
                decisions[voter * placeCount + place].whenFalse |= block.decidedFalse
            }
        }
    }

    /// Makes room for more places by laying everything out anew.
    private mutating func makeRoom(_ count: Int) {
        let wider = max(count, placeCount * 2)
        var newPlanes = Array(repeating: VoteCounts.Lanes.zero, count: quorum.voterCount * wider * planeCount)
        var newDecisions = Array(repeating: Decisions(), count: quorum.voterCount * wider)
        for voter in 0..<quorum.voterCount {
            for place in 0..<placeCount {
                newDecisions[voter * wider + place] = decisions[voter * placeCount + place]
                for plane in 0..<planeCount {
                    newPlanes[(voter * wider + place) * planeCount + plane] =
                        planes[(voter * placeCount + place) * planeCount + plane]
                }
            }
        }
        (planes, decisions, placeCount) = (newPlanes, newDecisions, wider)
    }
}
