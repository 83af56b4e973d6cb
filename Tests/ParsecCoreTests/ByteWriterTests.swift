import ParsecCore
import Testing

@Suite struct ByteWriterTests {
    /// A value of any of the kinds that are written.
    private enum Value: Hashable {
        case byte(UInt8)
        case number(UInt64)
        case string([UInt8])
        case digest(Digest)
        case peer(PeerID)
        case list([[UInt8]])
    }

    /// Writes values, each after its kind, as all formats do that have a choice of kinds.
    private func bytes(_ values: [Value]) -> [UInt8] {
        var writer = ByteWriter()
        for value in values {
            switch value {
            case .byte(let byte):
                writer.write(0 as UInt8)
                writer.write(byte)
            case .number(let number):
                writer.write(1 as UInt8)
                writer.write(number)
            case .string(let string):
                writer.write(2 as UInt8)
                writer.write(string)
            case .digest(let digest):
                writer.write(3 as UInt8)
                writer.write(digest)
            case .peer(let peer):
                writer.write(4 as UInt8)
                writer.write(peer)
            case .list(let strings):
                writer.write(5 as UInt8)
                writer.write(count: strings.count)
                for string in strings { writer.write(string) }
            }
        }
        return writer.bytes
    }

    @Test("Integers are little-endian and of fixed width")
    func integers() {
        var writer = ByteWriter()
        #expect(writer.bytes.isEmpty)
        writer.write(0xAB as UInt8)
        writer.write(0x0102_0304_0506_0708 as UInt64)
        writer.write(count: 0x0A0B)
        #expect(writer.bytes == [0xAB, 8, 7, 6, 5, 4, 3, 2, 1, 0x0B, 0x0A, 0, 0])
    }

    @Test("Byte strings and identities are preceded by their count, digests are not")
    func strings() throws {
        var writer = ByteWriter()
        writer.write([7, 8] as [UInt8])
        writer.write(PeerID("A"))
        writer.write([] as [UInt8])
        #expect(writer.bytes == [2, 0, 0, 0, 7, 8, 1, 0, 0, 0, 0x41, 0, 0, 0, 0])
        let digest = try #require(Digest(bytes: Array(1...32 as ClosedRange<UInt8>)))
        var other = ByteWriter()
        other.write(digest)
        #expect(other.bytes == digest.bytes)
    }

    @Test("Different lists of byte strings give different bytes, wherever they are split")
    func splits() {
        let all: [UInt8] = [0, 1, 0, 0, 0, 1, 0, 0]
        var lists: Set<[[UInt8]]> = [[]]
        for mask in 0..<128 {
            var list: [[UInt8]] = [[]]
            for (position, byte) in all.enumerated() {
                list[list.count - 1].append(byte)
                if position < 7 && mask >> position & 1 == 1 { list.append([]) }
            }
            lists.insert(list)
            lists.insert(list + [[]])
            lists.insert([[]] + list)
        }
        #expect(Set(lists.map { bytes([.list($0)]) }).count == lists.count)
        #expect(Set(lists.map { bytes($0.map { .string($0) }) }).count == lists.count)
    }

    @Test("Different sequences of values give different bytes")
    func sequences() {
        let values: [Value] = [
            .byte(0), .byte(1), .byte(2), .number(0), .number(1), .number(256), .number(1 << 63), .string([]),
            .string([0]), .string([0, 0, 0, 0]), .string([2, 0, 0, 0, 0]), .digest(Digest(words: 0, 0, 0, 0)),
            .digest(Digest(words: 0, 0, 0, 1)), .peer(""), .peer(PeerID(bytes: [0])), .list([]), .list([[]]),
            .list([[], []]), .list([[0]]),
        ]
        var sequences: [[Value]] = [[]]
        for first in values {
            sequences.append([first])
            for second in values {
                sequences.append([first, second])
                for third in values { sequences.append([first, second, third]) }
            }
        }
        #expect(Set(sequences.map(bytes)).count == sequences.count)
    }
}
