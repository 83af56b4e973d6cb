import Simulation
import Testing

@testable import Serialization

@Suite struct DistinctStretchesTests {
    @Test("A stretch is taken exactly if no equal one was, however many there are", arguments: UInt64(1)...20)
    func likeASet(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var bytes: [UInt8] = []
        var ranges: [Range<Int>] = []
        for _ in 0..<2_000 {
            // Short ones of few values are often equal; long ones differ in one byte somewhere.
            let count = Int.random(in: 0...40, using: &random)
            var stretch = [UInt8](repeating: 7, count: count)
            if let place = stretch.indices.randomElement(using: &random) {
                stretch[place] = UInt8.random(in: 0...3, using: &random)
            }
            ranges.append(bytes.count..<bytes.count + count)
            bytes += stretch
        }
        var stretches = DistinctStretches(expecting: Int.random(in: 0...3_000, using: &random))
        var set: Set<[UInt8]> = []
        var wrong: [Int] = []
        for (place, range) in ranges.enumerated() {
            let isNew = bytes.withUnsafeBytes { stretches.insert(range, of: $0) }
            if isNew != set.insert(Array(bytes[range])).inserted { wrong.append(place) }
        }
        #expect(wrong.isEmpty, "swift test --filter DistinctStretchesTests, seed \(seed)")
    }
}
