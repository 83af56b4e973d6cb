import Foundation
import GraphFormats
import ParsecCore
import Simulation
import Testing

/// A dump as JSON says what it says as DOT, and whatever the bytes are, the answer is a dump or an error.
@Suite struct JSONDumpTests {
    private func text() throws -> String {
        String(decoding: JSONDump.write(try DOTReader.read(SmallDump.bytes)), as: UTF8.self)
    }

    @Test("A dump is read as it was written, forks and votes included", arguments: [1, 2, 3] as [UInt64])
    func roundTrip(seed: UInt64) throws {
        for dump in [
            try DOTReader.read(SmallDump.bytes), ForkedDump.dump,
            RandomGraph(peers: 5, events: 60, forks: true, seed: seed).dump,
        ] { #expect(try JSONDump.read(JSONDump.write(dump)) == dump) }
    }

    @Test("An error names the field, and what was expected")
    func faults() throws {
        let text = try text()
        func fault(_ old: String, _ new: String) throws -> JSONDump.Fault? {
            let changed = text.replacing(old, with: new)
            try #require(changed != text, "\(old) is not in \(text)")
            do { _ = try JSONDump.read(Data(changed.utf8)) } catch { return error }
            return nil
        }
        #expect(try fault("parsec graph 1", "parsec graph 9")?.place == "format")
        #expect(try fault("\"our_id\":0", "\"our_id\":7")?.place == "our_id")
        #expect(try fault("\"our_id\":0", "\"our_id\":-1")?.place == "our_id")
        #expect(try fault("\"our_id\":0,", "")?.place == "our_id")
        #expect(try fault("\"mode\":\"", "\"mode\":\"x")?.place == "mode")
        #expect(try fault("\"creator\":0", "\"creator\":900")?.place == "events[0].creator")
        #expect(try fault("\"creator\":0", "\"creator\":\"Alice\"")?.place == "events[0].creator")
        #expect(try fault("\"self_parent\":0", "\"self_parent\":99")?.place.hasSuffix("self_parent") == true)
        #expect(try fault("\"initial\"", "\"final\"")?.place == "events[0].cause")
        let description = try #require(try fault("\"our_id\":0", "\"our_id\":7")).description
        #expect(description == "our_id: expected the place of a peer")
    }

    @Test("More than the bounds allow is not read")
    func bounds() throws {
        let bytes = Data(try text().utf8)
        var limits = DOTReader.Limits()
        limits.fileBytes = bytes.count - 1
        #expect(throws: JSONDump.Fault.self) { try JSONDump.read(bytes, limits: limits) }
        limits = DOTReader.Limits()
        limits.events = 1
        let fault = #expect(throws: JSONDump.Fault.self) { try JSONDump.read(bytes, limits: limits) }
        #expect(fault?.description == "events: expected at most 1 (limit events)")
        let deep = String(repeating: "[", count: 100_000)
        #expect(throws: JSONDump.Fault.self) { try JSONDump.read(Data(deep.utf8)) }
    }

    @Test("Each beginning of a dump but the whole is an error")
    func beginnings() throws {
        let bytes = Data(try text().utf8)
        for count in 0..<bytes.count { #expect(throws: JSONDump.Fault.self) { try JSONDump.read(bytes.prefix(count)) } }
    }

    @Test("Changed bytes give an error, or a dump that can be worked with", arguments: 1...4 as ClosedRange<UInt64>)
    func changedBytes(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let original = Array(try text().utf8)
        let letters = Array("0123456789\"[]{},:-tfb".utf8)
        var dumps = 0
        for _ in 0..<1_000 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: bytes.indices, using: &random)
                bytes[place] = letters.randomElement(using: &random) ?? 0
            }
            let dump: GraphDump
            do { dump = try JSONDump.read(Data(bytes)) } catch { continue }
            dumps += 1
            #expect(ReplayOrder.order(of: dump).sorted() == Array(dump.events.indices))
            #expect(try JSONDump.read(JSONDump.write(dump)) == dump)
            #expect(!SVGWriter.write(dump).isEmpty)
        }
        #expect(dumps > 10 && dumps < 900)
    }
}
