/// Counts votes for 64 agreements at once: four counts for each, bit-sliced.
///
/// Plane `i` holds bit `i` of every count; the four lanes of a plane are estimates true and false, auxiliary values
/// true and false. Adding a vote is a carry that ripples through the planes, comparing with a threshold one pass over
/// them.
struct BitSlicedCounter: Sendable {
    typealias Lanes = SIMD4<UInt64>

    private var planes: [Lanes]

    /// Makes a counter for counts up to a limit.
    init(limit: Int) {
        planes = Array(repeating: .zero, count: BitSlicedCounter.planeCount(limit: limit))
    }

    /// The number of planes that counts up to a limit take.
    static func planeCount(limit: Int) -> Int { max(1, Int.bitWidth - limit.leadingZeroBitCount) }

    /// Starts with the counts that some planes hold; with nothing if there are none.
    mutating func start(with sums: ArraySlice<Lanes>) {
        guard !sums.isEmpty else {
            for plane in planes.indices { planes[plane] = .zero }
            return
        }
        for (plane, sum) in zip(planes.indices, sums) { planes[plane] = sum }
    }

    /// Adds one to every count whose bit is set.
    mutating func add(_ votes: Lanes) {
        var planes = planes.mutableSpan
        BitSlicedCounter.add(votes, to: &planes, from: 0)
    }

    /// Adds one to every count whose bit is set, in the planes from one on.
    @inline(__always)
    static func add(_ votes: Lanes, to planes: inout MutableSpan<Lanes>, from first: Int) {
        var carry = votes
        var plane = first
        while carry != .zero {
            let sum = planes[plane]
            planes[plane] = sum ^ carry
            carry &= sum
            plane += 1
        }
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

    /// Says for every count whether it reaches a threshold.
    func atLeast(_ threshold: Int) -> Lanes {
        guard threshold >> planes.count == 0 else { return .zero }
        var equal = Lanes(repeating: .max)
        var greater = Lanes.zero
        for plane in planes.indices.reversed() {
            if threshold >> plane & 1 == 1 {
                equal &= planes[plane]
            } else {
                greater |= equal & planes[plane]
                equal &= ~planes[plane]
            }
        }
        return greater | equal
    }

    /// Says for every agreement whether its auxiliary values, true and false together, reach a threshold.
    func auxiliaryAtLeast(_ threshold: Int) -> UInt64 {
        // Ripples threshold + carry through true + false from the lowest plane on: the sum is at least the threshold
        // exactly if sum - threshold does not borrow in the end.
        var carry: UInt64 = 0
        var borrow: UInt64 = 0
        for plane in 0...planes.count {
            let (a, b) = plane < planes.count ? (planes[plane][2], planes[plane][3]) : (0, 0)
            let sum = a ^ b ^ carry
            carry = a & b | carry & (a ^ b)
            let bit: UInt64 = threshold >> plane & 1 == 1 ? .max : 0
            borrow = ~sum & (bit | borrow) | bit & borrow
        }
        return threshold >> (planes.count + 1) == 0 ? ~borrow : 0
    }
}
