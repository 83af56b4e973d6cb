import GraphFormats
import Simulation
import Testing

/// Whatever becomes of a file, errors lie within it, and what can be read can be written.
@Suite struct DOTMutationTests {
    /// The files that are changed.
    enum Sample: CaseIterable {
        case small
        case forked

        var bytes: [UInt8] {
            switch self {
            case .small: SmallDump.bytes
            case .forked: ForkedDump.bytes
            }
        }
    }

    /// A file that is changed at random: its bytes, its words, its lines.
    private struct Mutation {
        var bytes: [UInt8]
        private let words: [ArraySlice<UInt8>]

        init(_ bytes: [UInt8]) {
            self.bytes = bytes
            words = Mutation.words(bytes)
        }

        /// Names and numbers; what stands between them is no word.
        private static func words(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
            bytes.split { byte in
                let character = Character(UnicodeScalar(byte))
                return !(character.isLetter || character.isNumber || character == "_" || character == ",")
            }
        }

        private func line(around place: Int) -> Range<Int> {
            let newline = UInt8(ascii: "\n")
            let start = bytes[..<place].lastIndex(of: newline).map { $0 + 1 } ?? 0
            let end = bytes[place...].firstIndex(of: newline).map { $0 + 1 } ?? bytes.count
            return start..<end
        }

        mutating func change(using random: inout SeededGenerator) {
            guard !bytes.isEmpty else { return }
            let place = Int.random(in: bytes.indices, using: &random)
            let length = Int.random(in: 1...40, using: &random)
            let passage = place..<min(bytes.count, place + length)
            switch Int.random(in: 0..<11, using: &random) {
            case 0: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
            case 1: bytes[place] = bytes.randomElement(using: &random) ?? 0
            case 2: bytes.remove(at: place)
            case 3: bytes.insert(bytes.randomElement(using: &random) ?? 0, at: place)
            case 4: bytes.removeSubrange(passage)
            case 5: bytes.insert(contentsOf: bytes[passage], at: place)
            case 6: bytes.removeSubrange(line(around: place))
            case 7:
                let line = Array(bytes[line(around: place)])
                bytes.insert(
                    contentsOf: line,
                    at: self.line(around: Int.random(in: bytes.indices, using: &random)).lowerBound
                )
            case 8:
                // Two lines change places.
                let other = Int.random(in: bytes.indices, using: &random)
                let (first, second) = (line(around: min(place, other)), line(around: max(place, other)))
                guard first != second else { return }
                let (a, b) = (Array(bytes[first]), Array(bytes[second]))
                bytes.replaceSubrange(second, with: a)
                bytes.replaceSubrange(first, with: b)
            default:
                let found = Mutation.words(bytes)
                guard let old = found.randomElement(using: &random), let new = words.randomElement(using: &random)
                else { return }
                bytes.replaceSubrange(old.indices, with: new)
            }
        }
    }

    /// Expects the place of an error to be one of the file, its end included.
    private func expectWithin(_ bytes: [UInt8], _ error: DOTError) {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard (1...lines.count).contains(error.line) else {
            Issue.record("line \(error.line) of \(lines.count)")
            return
        }
        #expect((1...lines[error.line - 1].count + 1).contains(error.column), "\(error)")
        #expect(!error.expected.isEmpty && !error.found.isEmpty)
    }

    @Test(
        "Errors lie within the file, and what is read is read again as it was written",
        arguments: Sample.allCases,
        1...4 as ClosedRange<UInt64>
    )
    func changed(_ sample: Sample, seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var dumps = 0
        for round in 0..<1_000 {
            var mutation = Mutation(sample.bytes)
            for _ in 0..<Int.random(in: 1...3, using: &random) { mutation.change(using: &random) }
            if round % 16 == 0 { mutation.bytes.removeLast(Int.random(in: 0..<mutation.bytes.count, using: &random)) }
            do throws(DOTError) {
                let dump = try DOTReader.read(mutation.bytes)
                dumps += 1
                let text = DOTWriter.write(dump)
                let again = try? DOTReader.read(Array(text.utf8))
                #expect(again == dump, "round \(round):\n\(String(decoding: mutation.bytes, as: UTF8.self))")
            } catch {
                expectWithin(mutation.bytes, error)
            }
        }
        #expect((50..<950).contains(dumps), "\(dumps) of 1000 files are read")
    }
}
