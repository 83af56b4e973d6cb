import Foundation
import GraphFormats
import Membership
import ParsecCore
import Testing
import Voting

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// Pictures are well-formed, and show everything.
@Suite struct SVGTextTests {
    /// The texts of an XML document by the elements around them.
    private final class Texts: NSObject, XMLParserDelegate {
        var byElement: [String: [String]] = [:]
        private var open: [String] = []
        private var current = ""

        func parser(
            _ parser: XMLParser,
            didStartElement element: String,
            namespaceURI: String?,
            qualifiedName: String?,
            attributes: [String: String]
        ) {
            open.append(element)
            current = ""
        }

        func parser(_ parser: XMLParser, foundCharacters string: String) { current += string }

        func parser(_ parser: XMLParser, didEndElement element: String, namespaceURI: String?, qualifiedName: String?) {
            let text = current.trimmingCharacters(in: .whitespacesAndNewlines)
            if !text.isEmpty { byElement[element, default: []].append(text) }
            current = ""
        }
    }

    private func texts(_ svg: String) throws -> [String: [String]] {
        let parser = XMLParser(data: Data(svg.utf8))
        let texts = Texts()
        parser.delegate = texts
        try #require(parser.parse(), "\(String(describing: parser.parserError))")
        return texts.byElement
    }

    @Test("Each peer and each event is named")
    func names() throws {
        let texts = try texts(SVGWriter.write(DOTReader.read(SmallDump.bytes)))
        let labels = try #require(texts["text"])
        for label in ["Alice", "Bob", "Carol", "Dave", "A_0", "A_1", "A_2", "A_3", "B_0", "B_1", "B_2", "B_3"] {
            #expect(labels.filter { $0 == label }.count == 1, "\(label)")
        }
    }

    @Test("The text beside an event is what it votes for")
    func notes() throws {
        let labels = try #require(texts(SVGWriter.write(DOTReader.read(SmallDump.bytes)))["text"])
        for label in ["Genesis", "x1", "Add(Carol)"] { #expect(labels.contains(label), "\(label)") }
    }

    @Test("What hovers over an event tells cause, interesting content, observees and meta-votes")
    func tooltips() throws {
        let titles = try #require(texts(SVGWriter.write(DOTReader.read(SmallDump.bytes)))["title"])
        #expect(titles.contains { $0.contains("B_2") && $0.contains("Requesting(Alice)") })
        let observer = try #require(titles.first { $0.contains("A_2") })
        #expect(observer.contains("Request"))
        #expect(observer.contains("interesting: Add(Carol), OpaquePayload(x1)"))
        #expect(observer.contains("observes: Alice, Bob"))
        #expect(observer.contains("Alice: 0/0 t b f - | 0/1 - f - -"))
        #expect(observer.contains("Bob: 1/2 t t t t"))
    }

    @Test("Names and payloads cannot break out of the picture")
    func escaping() throws {
        let peer = PeerID("<b>&\"'")
        let initial = GraphDump.Event(
            creator: peer,
            indexByCreator: 0,
            cause: .initial,
            selfParent: nil,
            otherParent: nil
        )
        let vote = GraphDump.Event(
            creator: peer,
            indexByCreator: 1,
            cause: .observation([.opaque("</text>&\n]]>")]),
            selfParent: 0,
            otherParent: nil
        )
        let dump = GraphDump(
            ourID: peer,
            peers: [GraphDump.Peer(id: peer, state: [])],
            mode: .single,
            events: [initial, vote]
        )
        let texts = try texts(SVGWriter.write(dump))
        #expect(texts["text"]?.contains(peer.description) == true)
        #expect(texts["title"]?.contains { $0.contains("</text>&\n]]>") } == true)
    }

    @Test("Characters that XML cannot hold are replaced")
    func controlCharacters() throws {
        let vote = GraphDump.Event(
            creator: "A",
            indexByCreator: 0,
            cause: .observation([.opaque("x\u{0}\u{1F}\u{FFFF}y")]),
            selfParent: nil,
            otherParent: nil
        )
        let peers = [GraphDump.Peer(id: "A", state: [])]
        let dump = GraphDump(ourID: "A", peers: peers, mode: .single, events: [vote])
        #expect(try texts(SVGWriter.write(dump))["text"]?.contains("x\u{FFFD}\u{FFFD}\u{FFFD}y") == true)
    }

    @Test("Pictures of forked graphs name each event once", arguments: 1...10 as ClosedRange<UInt64>)
    func forks(seed: UInt64) throws {
        let graph = RandomGraph(peers: 4, events: 100, forks: true, seed: seed)
        let labels = try #require(texts(SVGWriter.write(graph.dump))["text"]).filter { $0.contains("_") }
        #expect(labels.count == 100)
        #expect(Set(labels).count == 100)
    }

    @Test("A dump without events is a picture")
    func empty() throws {
        let dump = GraphDump(ourID: "A", peers: [GraphDump.Peer(id: "A", state: [])], mode: .single, events: [])
        #expect(try texts(SVGWriter.write(dump))["text"]?.contains("A") == true)
    }
}
