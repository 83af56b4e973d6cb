import Foundation
import GraphFormats
import ParsecCore
import Testing

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// In pictures each branch has a lane of its own, and time runs down.
@Suite struct SVGLanesTests {
    private struct Place: Hashable {
        let x: Int
        let y: Int
    }

    /// The places of the texts of a picture, by the texts.
    private final class Places: NSObject, XMLParserDelegate {
        var byText: [String: Place] = [:]
        var width = 0
        var height = 0
        private var place: Place?
        private var current = ""

        func parser(
            _ parser: XMLParser,
            didStartElement element: String,
            namespaceURI: String?,
            qualifiedName: String?,
            attributes: [String: String]
        ) {
            func number(_ name: String) -> Int { attributes[name].flatMap { Int($0) } ?? 0 }
            place = element == "text" ? Place(x: number("x"), y: number("y")) : nil
            current = ""
            if element == "svg" { (width, height) = (number("width"), number("height")) }
        }

        func parser(_ parser: XMLParser, foundCharacters string: String) { current += string }

        func parser(_ parser: XMLParser, didEndElement element: String, namespaceURI: String?, qualifiedName: String?) {
            if element == "text", let place { byText[current.trimmingCharacters(in: .whitespacesAndNewlines)] = place }
        }
    }

    private func places(_ dump: GraphDump) throws -> Places {
        let parser = XMLParser(data: Data(SVGWriter.write(dump).utf8))
        let places = Places()
        parser.delegate = places
        try #require(parser.parse(), "\(String(describing: parser.parserError))")
        return places
    }

    @Test("A branch goes on in the lane of the fork's first event, the other one has the next lane")
    func fork() throws {
        let places = try places(ForkedDump.dump)
        func x(_ name: String) throws -> Int { try #require(places.byText[name], "\(name)").x }
        let bob = try x("B_0")
        for name in ["B_1", "B_2,0", "B_3", "Bob"] { #expect(try x(name) == bob, "\(name)") }
        let branch = try x("B_2,1")
        #expect(branch > bob)
        for (peer, name) in [("Alice", "A"), ("Carol", "C"), ("Dave", "D")] {
            let lane = try x("\(name)_0")
            #expect(try x(peer) == lane)
            #expect(peer == "Alice" ? lane < bob : lane > branch)
        }
        for index in 1...4 { #expect(try x("C_\(index)") == x("C_0")) }
    }

    @Test(
        "Events lie below their parents, inside the picture, and never on each other",
        arguments: 1...12 as ClosedRange<UInt64>
    )
    func apart(seed: UInt64) throws {
        let graph = RandomGraph(peers: 4, events: 80, forks: seed % 4 != 0, seed: seed)
        let places = try places(graph.dump)
        let counts = Dictionary(grouping: graph.dump.events) { [$0.creator.bytes, [UInt8($0.indexByCreator)]] }
        let found = try graph.dump.events.map { event in
            let isForked = (counts[[event.creator.bytes, [UInt8(event.indexByCreator)]]]?.count ?? 0) > 1
            let name = "\(event.creator)_\(event.indexByCreator)" + (isForked ? ",\(event.forkIndex)" : "")
            return try #require(places.byText[name], "\(name)")
        }
        #expect(Set(found).count == found.count)
        for (event, place) in zip(graph.dump.events, found) {
            for parent in [event.selfParent, event.otherParent].compactMap({ $0 }) {
                #expect(found[parent].y < place.y)
            }
            #expect((0...places.width).contains(place.x) && (0...places.height).contains(place.y))
        }
        // Peers keep to themselves: nobody's lane lies among another's.
        let lanes = Dictionary(grouping: zip(graph.dump.events, found), by: \.0.creator).mapValues { $0.map(\.1.x) }
        let ranges = lanes.values.compactMap { lanes in lanes.min().flatMap { low in lanes.max().map { low...$0 } } }
        for (number, range) in ranges.enumerated() {
            #expect(ranges[(number + 1)...].allSatisfy { !$0.overlaps(range) })
        }
        if seed % 4 == 0 { #expect(lanes.values.allSatisfy { Set($0).count == 1 }) }
    }
}
