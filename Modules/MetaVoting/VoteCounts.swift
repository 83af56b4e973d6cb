/// Counts of votes for 64 agreements at once: four counts for each, bit-sliced.
///
/// Plane `i` holds bit `i` of every count; the four lanes of a plane are estimates true and false, auxiliary values true
/// and false. Adding votes is a carry that ripples through the planes, comparing with thresholds one pass over them.
enum VoteCounts {
    typealias Lanes = SIMD4<UInt64>
    typealias Estimates = SIMD2<UInt64>

    /// Which counts reach a threshold by themselves, and which with one vote more.
    struct Reach<Bits> {
        var alone: Bits
        var withOneMore: Bits
    }

    /// The number of planes that counts up to a limit take.
    static func planeCount(limit: Int) -> Int { max(1, Int.bitWidth - limit.leadingZeroBitCount) }

    /// Adds to every count as many votes as have its bit, of up to four, in the planes from one on.
    ///
    /// The four are added up by themselves first, so that the planes are passed once.
    @inline(__always)
    static func add(_ votes: (Lanes, Lanes, Lanes, Lanes), to planes: inout MutableSpan<Lanes>, from first: Int) {
        let (a, b, c, d) = votes
        let differing = a ^ b
        let ones = differing ^ c ^ d
        let majority = a & b | differing & c
        let second = (differing ^ c) & d
        let (twos, fours) = (majority ^ second, majority & second)

        var plane = first
        var carry = add(ones, .zero, to: &planes, at: plane)
        // Where no count can get to, there is no plane.
        guard carry | majority | second != .zero else { return }
        plane += 1
        carry = add(twos, carry, to: &planes, at: plane)
        guard carry | fours != .zero else { return }
        plane += 1
        carry = add(fours, carry, to: &planes, at: plane)
        while carry != .zero {
            plane += 1
            carry = add(.zero, carry, to: &planes, at: plane)
        }
    }

    /// Adds a bit and a carry to every count's bit in a plane; returns what is carried on.
    @inline(__always)
    private static func add(
        _ bits: Lanes,
        _ carry: Lanes,
        to planes: inout MutableSpan<Lanes>,
        at plane: Int
    ) -> Lanes {
        let old = planes[plane]
        let differing = old ^ bits
        planes[plane] = differing ^ carry
        return old & bits | differing & carry
    }

    /// Takes one from every count whose bit is set, in the planes from one on.
    @inline(__always)
    static func subtract(_ votes: Lanes, from planes: inout MutableSpan<Lanes>, from first: Int) {
        var borrow = votes
        var plane = first
        while borrow != .zero {
            let sum = planes[plane]
            planes[plane] = sum ^ borrow
            borrow &= ~sum
            plane += 1
        }
    }

    /// Compares the counts of estimates with one threshold, and all with another; both are at least 1.
    ///
    /// No planes are counts of nothing.
    @inline(__always)
    static func compare(
        _ planes: Span<Lanes>,
        _ range: Range<Int>,
        estimatesWith lower: Int,
        allWith higher: Int
    ) -> (estimates: Reach<Estimates>, all: Reach<Lanes>) {
        var low = Comparison<Estimates>(threshold: lower)
        var high = Comparison<Lanes>(threshold: higher)
        guard !range.isEmpty else { return (low.reachOfNothing, high.reachOfNothing) }
        var bit = range.count
        while bit > 0 {
            bit -= 1
            let plane = planes[range.lowerBound + bit]
            low.take(plane.lowHalf, bit)
            high.take(plane, bit)
        }
        return (low.reach, high.reach)
    }

    /// A comparison of counts with a threshold, from the highest bit down.
    private struct Comparison<Bits: SIMD> where Bits.Scalar == UInt64 {
        let threshold: Int
        var greater = Bits(repeating: 0)
        var equal = Bits(repeating: .max)

        /// Which counts equal the threshold less one.
        var justBelow = Bits(repeating: .max)

        @inline(__always)
        mutating func take(_ plane: Bits, _ bit: Int) {
            if threshold >> bit & 1 == 1 {
                equal &= plane
            } else {
                greater |= equal & plane
                equal &= ~plane
            }
            justBelow &= (threshold - 1) >> bit & 1 == 1 ? plane : ~plane
        }

        var reach: Reach<Bits> {
            let alone = greater | equal
            return Reach(alone: alone, withOneMore: alone | justBelow)
        }

        var reachOfNothing: Reach<Bits> {
            Reach(alone: Bits(repeating: 0), withOneMore: Bits(repeating: threshold == 1 ? .max : 0))
        }
    }

    /// Says for every agreement whether its auxiliary values, true and false together, reach a threshold of at least 1.
    @inline(__always)
    static func compareAuxiliaries(_ planes: Span<Lanes>, _ range: Range<Int>, with threshold: Int) -> Reach<UInt64> {
        guard !range.isEmpty else { return Reach(alone: 0, withOneMore: threshold == 1 ? .max : 0) }
        // Adds true and false from the lowest plane on, and subtracts the threshold and one less at once: the sum is at
        // least what is subtracted exactly if nothing is borrowed in the end.
        var carry: UInt64 = 0
        var borrow: UInt64 = 0
        var borrowFromLess: UInt64 = 0
        for bit in 0...range.count {
            let plane = bit < range.count ? planes[range.lowerBound + bit] : .zero
            let sum = plane[2] ^ plane[3] ^ carry
            carry = plane[2] & plane[3] | carry & (plane[2] ^ plane[3])
            borrow = borrowed(from: sum, threshold >> bit & 1, borrow)
            borrowFromLess = borrowed(from: sum, (threshold - 1) >> bit & 1, borrowFromLess)
        }
        return Reach(alone: ~borrow, withOneMore: ~borrowFromLess)
    }

    @inline(__always)
    private static func borrowed(from sum: UInt64, _ bit: Int, _ borrow: UInt64) -> UInt64 {
        bit == 1 ? ~sum | borrow : ~sum & borrow
    }
}

extension VoteCounts.Reach where Bits: SIMD, Bits.Scalar == UInt64 {
    /// Which counts reach the threshold together with these votes.
    @inline(__always)
    func with(_ votes: Bits) -> Bits { alone | withOneMore & votes }
}

extension VoteCounts.Reach where Bits == UInt64 {
    /// Which counts reach the threshold together with these votes.
    @inline(__always)
    func with(_ votes: Bits) -> Bits { alone | withOneMore & votes }
}
