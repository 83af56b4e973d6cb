/// How long messages are under way, in virtual milliseconds.
///
/// Draws use nothing but the basic operations of IEEE 754 arithmetic, which give the same result on every machine.
public enum DelayDistribution: Hashable, Sendable {
    /// Always the same.
    case constant(Int)

    /// Each number of the range is as likely as any other.
    case uniform(ClosedRange<Int>)

    /// Poisson's distribution around a mean, at most ``longestMean``; the reference simulates with a mean of 4 steps.
    case poisson(mean: Double)

    /// Most are little more than the least, a few are much more: a Pareto distribution of shape 2, cut off at the most.
    case longTail(least: Int, most: Int)

    /// The largest mean of a Poisson distribution, as drawing takes time in proportion to it.
    public static let longestMean = 500.0

    /// Draws a delay.
    public func draw(using generator: inout SeededGenerator) -> Int {
        switch self {
        case .constant(let delay): return delay
        case .uniform(let range): return Int.random(in: range, using: &generator)
        case .poisson(let mean):
            // Count how many uniform factors it takes to get to e^-mean.
            let limit = DelayDistribution.exponential(ofMinus: mean)
            var product = generator.fraction()
            var count = 0
            while product > limit {
                product *= generator.fraction()
                count += 1
            }
            return count
        case .longTail(let least, let most):
            let fraction = generator.fraction()
            let delay = Double(max(1, least)) / (fraction > 0 ? fraction.squareRoot() : 1)
            return delay < Double(most) ? max(least, Int(delay)) : most
        }
    }

    /// The longest delay that is at all likely; what waits for messages may go by it.
    var longest: Int {
        switch self {
        case .constant(let delay): delay
        case .uniform(let range): range.upperBound
        case .poisson(let mean): Int(2 * mean) + 10
        case .longTail(_, let most): most
        }
    }

    /// Computes e^-x: the power series for x / 1024, squared ten times.
    private static func exponential(ofMinus x: Double) -> Double {
        let small = -x / 1_024
        var term = 1.0
        var sum = 1.0
        for place in 1...12 {
            term *= small / Double(place)
            sum += term
        }
        for _ in 0..<10 { sum *= sum }
        return sum
    }
}
