import GraphFormats
import Simulation
import Testing

/// Whatever the bytes are, the answer is a dump or an error.
@Suite struct DOTFuzzTests {
    /// Reads, and if that gives a dump does everything with it that works on dumps.
    private func tryAll(_ bytes: [UInt8]) throws -> Bool {
        do throws(DOTError) {
            let dump = try DOTReader.read(bytes)
            let order = ReplayOrder.order(of: dump)
            #expect(order.sorted() == Array(dump.events.indices))
            #expect(!DOTWriter.write(dump).isEmpty)
            #expect(!SVGWriter.write(dump).isEmpty)
            return true
        } catch {
            #expect(error.line > 0 && error.column > 0 && !error.expected.isEmpty)
            return false
        }
    }

    @Test("Changed bytes give a dump or an error", arguments: 1...8 as ClosedRange<UInt64>)
    func changedBytes(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let letters = Array("0123456789 \n\"[]{}()_,:/->ABabtf".utf8)
        var dumps = 0
        for round in 0..<1_000 {
            var bytes = SmallDump.bytes
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: bytes.indices, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
                case 1: bytes[place] = letters.randomElement(using: &random) ?? 0
                case 2: bytes.remove(at: place)
                default: bytes.insert(letters.randomElement(using: &random) ?? 0, at: place)
                }
            }
            if round % 10 == 0 { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random)) }
            if try tryAll(bytes) { dumps += 1 }
        }
        // A change in a label or behind the end of what is read does no harm; most others do.
        #expect(dumps > 50 && dumps < 950)
    }

    @Test("Passages put elsewhere give a dump or an error", arguments: 1...4 as ClosedRange<UInt64>)
    func movedPassages(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<1_000 {
            var bytes = SmallDump.bytes
            let start = Int.random(in: bytes.indices, using: &random)
            let end = min(bytes.count, start + Int.random(in: 1...60, using: &random))
            let place = Int.random(in: bytes.indices, using: &random)
            bytes.insert(contentsOf: bytes[start..<end], at: place)
            _ = try tryAll(bytes)
        }
    }

    @Test("Each beginning of a dump but the whole is an error")
    func beginnings() throws {
        // The brace that ends the list of meta-events is the last thing that is read.
        let last = try #require(SmallDump.bytes.lastIndex(of: UInt8(ascii: "}")))
        for count in 0...last {
            #expect(throws: DOTError.self) { try DOTReader.read(Array(SmallDump.bytes[..<count])) }
        }
        #expect(throws: Never.self) { try DOTReader.read(Array(SmallDump.bytes[...last])) }
    }
}
