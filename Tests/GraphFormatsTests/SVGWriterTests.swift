import Foundation
import GraphFormats
import ParsecCore
import Testing
import Voting

#if canImport(FoundationXML)
    import FoundationXML
#endif

@Suite struct SVGWriterTests {
    /// Collects what an XML parser finds.
    private final class Collector: NSObject, XMLParserDelegate {
        var texts: [String] = []
        var elements: [String: Int] = [:]
        private var text = ""

        func parser(
            _ parser: XMLParser,
            didStartElement name: String,
            namespaceURI: String?,
            qualifiedName: String?,
            attributes: [String: String]
        ) {
            elements[name, default: 0] += 1
            text = ""
        }

        func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }

        func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
            if !text.isEmpty { texts.append(text) }
            text = ""
        }
    }

    private func parse(_ svg: String) -> Collector? {
        let collector = Collector()
        let parser = XMLParser(data: Data(svg.utf8))
        parser.delegate = collector
        return parser.parse() ? collector : nil
    }

    @Test("A picture is well-formed XML that names every event and peer, and tells the details")
    func contents() throws {
        let picture = try #require(parse(SVGWriter.write(SampleDump.dump())))
        for name in ["Ali_0", "Ali_1", "Ali_2", "Al_0", "Al_1,0", "Al_1,1", "Bob_0", "Bob_1", "Alice", "Carol"] {
            #expect(picture.texts.contains(name))
        }
        #expect(picture.texts.contains { $0.contains("interesting: OpaquePayload(x)") && $0.contains("0/1 f f f f") })
        #expect(picture.texts.contains { $0.contains("Accomplice(Ali_0, Fork(Al_0))") })
    }

    @Test("What has a meaning in XML is written so that it has none")
    func escaping() throws {
        let dump = GraphDump(
            ourID: "<&\">",
            peers: [.init(id: "<&\">", state: [])],
            mode: .single,
            events: [.init(creator: "<&\">", indexByCreator: 0, cause: .initial, selfParent: nil, otherParent: nil)]
        )
        let picture = try #require(parse(SVGWriter.write(dump)))
        #expect(picture.texts.contains("<&\">"))
    }

    @Test("The branches of a fork stand in columns of their own")
    func forks() throws {
        let dump = try SampleDump.dump()
        let columns = { (svg: String) in Set(svg.matches(of: /<line x1="(\d+)"/).map(\.1)).count }
        // Four peers, one of which has two branches.
        #expect(columns(SVGWriter.write(dump)) == 5)
    }

    @Test("A dump without events is drawn, too")
    func empty() {
        let dump = GraphDump(ourID: "A", peers: [], mode: .single, events: [])
        #expect(parse(SVGWriter.write(dump)) != nil)
    }
}
