import ParsecCore
import Testing

@Suite struct DigestTests {
    /// 32 bytes that follow from a number, many of them alike for numbers close together.
    private func bytes(_ number: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0x7F, count: 32)
        bytes[number * 7 % 32] = UInt8(truncatingIfNeeded: number * 31)
        bytes[number * 13 % 32] = UInt8(truncatingIfNeeded: number &* 129)
        return bytes
    }

    @Test("Digests are ordered as byte strings")
    func order() throws {
        for first in 0..<120 {
            for second in 0..<120 {
                let (a, b) = (bytes(first), bytes(second))
                let (x, y) = (try #require(Digest(bytes: a)), try #require(Digest(bytes: b)))
                #expect((x < y) == a.lexicographicallyPrecedes(b))
                #expect((x == y) == (a == b))
            }
        }
    }

    @Test("The first byte that differs decides, as an unsigned number", arguments: 0..<32)
    func orderByPosition(position: Int) throws {
        var (low, high) = ([UInt8](repeating: 0x80, count: 32), [UInt8](repeating: 0x80, count: 32))
        low[position] = 0x7F
        for later in (position + 1)..<32 where position < 31 {
            low[later] = 0xFF
            high[later] = 0
        }
        let (a, b) = (try #require(Digest(bytes: low)), try #require(Digest(bytes: high)))
        #expect(a < b)
        #expect(!(b < a))
    }

    @Test("Bytes make a digest that has them, also as part of a longer string")
    func byteRoundTrip() throws {
        for number in 0..<100 {
            let expected = bytes(number)
            let digest = try #require(Digest(bytes: expected))
            #expect(digest.bytes == expected)
            let framed = [1, 2, 3] + expected + [4]
            #expect(Digest(bytes: framed[3..<35]) == digest)
        }
    }

    @Test("The words are the bytes in big-endian order")
    func words() throws {
        let digest = try #require(Digest(bytes: Array(0..<32 as Range<UInt8>)))
        #expect(digest.word0 == 0x0001_0203_0405_0607)
        #expect(digest.word3 == 0x1819_1A1B_1C1D_1E1F)
        #expect(Digest(words: digest.word0, digest.word1, digest.word2, digest.word3) == digest)
    }

    @Test("A digest is 32 bytes and nothing else", arguments: [0, 1, 31, 33, 64])
    func wrongCount(count: Int) {
        #expect(Digest(bytes: [UInt8](repeating: 1, count: count)) == nil)
    }

    @Test("The hexadecimal digits of a digest make the same digest, in upper case too")
    func hexadecimalRoundTrip() throws {
        for number in 0..<100 {
            let digest = try #require(Digest(bytes: bytes(number)))
            let text = digest.description
            #expect(text.count == 64)
            #expect(text == text.lowercased())
            #expect(Digest(hexadecimal: text) == digest)
            #expect(Digest(hexadecimal: text.uppercased()) == digest)
            #expect(Digest(hexadecimal: "<\(text)>".dropFirst().dropLast()) == digest)
        }
    }

    @Test("Text that is not exactly 64 hexadecimal digits makes no digest")
    func malformed() {
        let zeros = String(repeating: "0", count: 64)
        let malformed: [String] = [
            "", "0", "\(zeros.dropLast())", "\(zeros)0", "\(zeros)00", "0x\(zeros.dropLast(2))",
            String(repeating: "１", count: 64),
        ]
        for text in malformed { #expect(Digest(hexadecimal: text) == nil, "\(text)") }
        // The neighbours of the digits' ranges, signs, blanks, and a letter of two bytes.
        for character in ["/", ":", "@", "G", "`", "g", "-", "+", " ", "\n", "é"] {
            #expect(Digest(hexadecimal: zeros.dropLast() + character) == nil, "\(character)")
            #expect(Digest(hexadecimal: character + zeros.dropFirst()) == nil, "\(character)")
            #expect(Digest(hexadecimal: zeros.dropLast(character.utf8.count) + character) == nil, "\(character)")
        }
        #expect(Digest(hexadecimal: zeros) == Digest(words: 0, 0, 0, 0))
    }

    @Test("Equal digests have equal hashes, and each byte makes another digest")
    func hashing() throws {
        let zero = try #require(Digest(bytes: [UInt8](repeating: 0, count: 32)))
        #expect(zero.hashValue == Digest(words: 0, 0, 0, 0).hashValue)
        var digests: Set<Digest> = [zero]
        for position in 0..<32 {
            var bytes = [UInt8](repeating: 0, count: 32)
            bytes[position] = 1
            digests.insert(try #require(Digest(bytes: bytes)))
        }
        #expect(digests.count == 33)
    }
}
