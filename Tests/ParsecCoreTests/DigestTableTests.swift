import ParsecCore
import Testing

@Suite struct DigestTableTests {
    /// Digests of which many have the same beginning, as somebody who looks for collisions would make them.
    private static func digest(_ number: Int) -> Digest {
        number % 2 == 0 ? Digest(words: UInt64(number), 0, 0, 0) : Digest(words: 0, 0, 0, UInt64(number))
    }

    @Test("A table finds each digest of its column, at each size, and none that is not there")
    func find() {
        var table = DigestTable()
        var column: [Digest] = []
        for number in 1...5_000 {
            let digest = DigestTableTests.digest(number)
            #expect(table.position(of: digest, in: column) == nil)
            column.append(digest)
            table.appendLast(of: column)
            #expect(table.position(of: digest, in: column) == number - 1)
        }
        for (position, digest) in column.enumerated() { #expect(table.position(of: digest, in: column) == position) }
        for number in 5_001...6_000 {
            #expect(table.position(of: DigestTableTests.digest(number), in: column) == nil)
        }
    }

    @Test("Of the positions of a digest that is in the column more than once the one is found that is asked for")
    func several() {
        var table = DigestTable()
        var column: [Digest] = []
        for number in 0..<300 {
            column.append(DigestTableTests.digest(1 + number % 3))
            table.appendLast(of: column)
        }
        for position in column.indices {
            #expect(table.position(of: column[position], in: column) { $0 == position } == position)
            #expect(table.position(of: column[position], in: column) { $0 < 0 } == nil)
        }
    }
}
