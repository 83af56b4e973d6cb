import ModelKit
import ParsecCore
import Simulation
import Testing

@testable import MetaVoting

/// Bit-sliced counts against plain ones.
@Suite struct VoteCountsTests {
    private static func random(_ random: inout SeededGenerator, share: Int) -> VoteCounts.Lanes {
        var votes = VoteCounts.Lanes.zero
        for lane in votes.indices {
            for bit in 0..<64 where random.chance(share) { votes[lane] |= 1 << UInt64(bit) }
        }
        return votes
    }

    @Test("Votes that are added by fours, and taken back one by one, add up", arguments: [2, 3, 4, 7, 64, 130])
    func sums(limit: Int) {
        for seed in UInt64(1)...20 {
            var random = SeededGenerator(seed: seed)
            let planeCount = VoteCounts.planeCount(limit: limit)
            // A plane more on either side, which stay as they are.
            var planes = Array(repeating: VoteCounts.Lanes.zero, count: planeCount + 2)
            let guardBits = VoteCounts.Lanes(repeating: 0x5555_AAAA_5555_AAAA)
            (planes[0], planes[planeCount + 1]) = (guardBits, guardBits)
            var voters = Array(repeating: VoteCounts.Lanes.zero, count: limit)
            for _ in 0..<3 {
                for group in stride(from: 0, to: limit, by: 4) {
                    let four = (0..<4).map { group + $0 < limit ? Self.random(&random, share: 60) : .zero }
                    var span = planes.mutableSpan
                    for position in 0..<4 where group + position < limit {
                        VoteCounts.subtract(voters[group + position], from: &span, from: 1)
                        voters[group + position] = four[position]
                    }
                    VoteCounts.add((four[0], four[1], four[2], four[3]), to: &span, from: 1)
                }
                for lane in 0..<4 {
                    for bit in 0..<64 {
                        let expected = voters.count { $0[lane] >> UInt64(bit) & 1 == 1 }
                        var counted = 0
                        for plane in 0..<planeCount {
                            counted |= Int(planes[1 + plane][lane] >> UInt64(bit) & 1) << plane
                        }
                        #expect(counted == expected, "lane \(lane), bit \(bit), seed \(seed)")
                    }
                }
            }
            #expect(planes[0] == guardBits && planes[planeCount + 1] == guardBits)
        }
    }
}
