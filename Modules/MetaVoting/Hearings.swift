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

    private let quorum: Quorum
    private let wordCount: Int
    private let planeCount: Int

    /// How many places, stages of 64 agreements, there is room for with each voter.
    private var placeCount = 0

    /// For each voter and each other the record of the other's last event that was heard of, or `none`.
    private var heard: [Int32]

    /// For each voter and place the planes of the others' votes.
    private var planes: [VoteCounts.Lanes] = []

    /// For each voter and place what others have decided.
    private var decisions: [Decisions] = []

    /// For each voter the first stage at which votes have changed since its chain's last record was made.
    private var firstChanges: [Int]

    private static let none: Int32 = -1

    init(quorum: Quorum, wordCount: Int) {
        self.quorum = quorum
        self.wordCount = wordCount
        planeCount = VoteCounts.planeCount(limit: quorum.voterCount)
        heard = Array(repeating: Hearings.none, count: quorum.voterCount * quorum.voterCount)
        firstChanges = Array(repeating: 0, count: quorum.voterCount)
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
        for other in 0..<quorum.voterCount { heard[voter * quorum.voterCount + other] = Hearings.none }
        for place in voter * placeCount..<(voter + 1) * placeCount { decisions[place] = Decisions() }
        for plane in voter * placeCount * planeCount..<(voter + 1) * placeCount * planeCount { planes[plane] = .zero }
        firstChanges[voter] = 0
    }

    /// Takes note of what the next event of a voter's chain hears from another; says whether it is something new.
    mutating func hear(
        _ record: Int?,
        from other: Int,
        by voter: Int,
        _ records: [MetaVoteTable.Record],
        _ pool: [MetaVoteTable.Block]
    ) -> Bool {
        let new = record.map { Int32($0) } ?? Hearings.none
        let entry = voter * quorum.voterCount + other
        let old = heard[entry]
        guard new != old else { return false }
        heard[entry] = new
        let (before, after) = (blocks(of: old, records), blocks(of: new, records))
        if max(before.count, after.count) > placeCount { makeRoom(max(before.count, after.count)) }
        let change = Hearings.correct(
            &planes,
            &decisions,
            pool,
            before: before,
            after: after,
            firstPlace: voter * placeCount,
            planeCount: planeCount
        )
        firstChanges[voter] = min(firstChanges[voter], change.first / wordCount)
        if change.isTakenBack { gatherDecisions(heardBy: voter, records, pool) }
        return true
    }

    /// Where the blocks of a record are.
    @inline(__always)
    private func blocks(of record: Int32, _ records: [MetaVoteTable.Record]) -> Range<Int> {
        guard record != Hearings.none else { return 0..<0 }
        let (start, stageCount) = (Int(records[Int(record)].start), Int(records[Int(record)].stageCount))
        return start..<start + stageCount * wordCount
    }

    /// Puts votes in the place of others.
    ///
    /// Not a method of an instance, of which no part can be lent while another changes.
    ///
    /// - Returns: the first block that differs, and whether somebody takes back a decision, as only a forker can.
    private static func correct(
        _ planes: inout [VoteCounts.Lanes],
        _ decisions: inout [Decisions],
        _ pool: [Block],
        before: Range<Int>,
        after: Range<Int>,
        firstPlace: Int,
        planeCount: Int
    ) -> (first: Int, isTakenBack: Bool) {
        let blocks = pool.span
        var planes = planes.mutableSpan
        var decisions = decisions.mutableSpan
        let count = max(before.count, after.count)
        var (first, isTakenBack) = (count, false)
        for offset in 0..<count {
            let old = offset < before.count ? blocks[before.lowerBound + offset] : Block()
            let new = offset < after.count ? blocks[after.lowerBound + offset] : Block()
            if old.votes == new.votes && old.decided == new.decided { continue }
            first = min(first, offset)
            let place = firstPlace + offset
            VoteCounts.subtract(old.votes & ~new.votes, from: &planes, from: place * planeCount)
            VoteCounts.add(new.votes & ~old.votes, to: &planes, from: place * planeCount)
            guard old.decided | new.decided != 0 else { continue }
            decisions[place].whenTrue |= new.decidedTrue
            decisions[place].whenFalse |= new.decidedFalse
            if old.decidedTrue & ~new.decidedTrue | old.decidedFalse & ~new.decidedFalse != 0 { isTakenBack = true }
        }
        return (first, isTakenBack)
    }

    /// Puts together anew what the others have decided.
    private mutating func gatherDecisions(heardBy voter: Int, _ records: [MetaVoteTable.Record], _ pool: [Block]) {
        for place in 0..<placeCount { decisions[voter * placeCount + place] = Decisions() }
        for other in 0..<quorum.voterCount {
            let range = blocks(of: heard[voter * quorum.voterCount + other], records)
            for (place, block) in pool[range].enumerated() {
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
