import MetaVoting
import ParsecCore
import Voting

/// Draws a dump: a column per peer, time running down, an arrow to each event from its parents.
///
/// A fork is drawn as columns side by side. Hovering over an event shows its cause, what is interesting there, and its
/// meta-votes. The picture is complete in itself and brings its own background.
public struct SVGWriter {
    /// Where things go, in user units.
    private enum Metrics {
        static let laneWidth = 190
        static let rowHeight = 30
        static let eventWidth = 62
        static let eventHeight = 20
        static let margin = 24
        static let headHeight = 96

        /// The most characters of an observation that are written beside an event.
        static let noteLength = 17
    }

    /// What an event is shown as; later kinds win over earlier ones.
    private enum Role: CaseIterable {
        case plain
        case vote
        case interesting
        case observer

        var fill: String {
            switch self {
            case .plain: "#ffffff"
            case .vote: "#a8dfe8"
            case .interesting: "#f29ca3"
            case .observer: "#ffc46b"
            }
        }

        var meaning: String {
            switch self {
            case .plain: "gossip"
            case .vote: "votes"
            case .interesting: "payloads become interesting"
            case .observer: "observer"
            }
        }
    }

    private let dump: GraphDump
    private let names: EventNames
    private let metaEvents: [Int: GraphDump.MetaEvent]
    private let heights: [Int]

    /// For each event the lane in which it is drawn, over all peers.
    private var lanes: [Int] = []

    /// For each peer its first lane, and how many it has.
    private var laneRanges: [(peer: PeerID, lanes: Range<Int>)] = []
    private var text = ""

    /// Draws a dump.
    public static func write(_ dump: GraphDump) -> String {
        var writer = SVGWriter(dump)
        writer.draw()
        return writer.text
    }

    private init(_ dump: GraphDump) {
        self.dump = dump
        names = EventNames(dump)
        heights = dump.heights
        metaEvents = Dictionary(dump.election.metaEvents.map { ($0.event, $0) }) { first, _ in first }
        layOut()
    }

    /// Gives each peer one lane, and one more for each event whose self-parent has been continued already.
    private mutating func layOut() {
        lanes = Array(repeating: 0, count: dump.events.count)
        let events = Dictionary(grouping: dump.events.indices) { dump.events[$0].creator }
        var next = 0
        for peer in dump.peers.map(\.id).sorted() {
            let first = next
            var tips: [Int: Int] = [:]
            for event in events[peer] ?? [] {
                if let parent = dump.events[event].selfParent, let lane = tips.removeValue(forKey: parent) {
                    lanes[event] = lane
                } else {
                    lanes[event] = next
                    next += 1
                }
                tips[event] = lanes[event]
            }
            next = max(next, first + 1)
            laneRanges.append((peer, first..<next))
        }
    }

    private func x(_ lane: Int) -> Int {
        Metrics.margin + lane * Metrics.laneWidth + Metrics.eventWidth / 2
    }

    private func y(_ event: Int) -> Int { Metrics.headHeight + heights[event] * Metrics.rowHeight }

    private mutating func line(_ line: String) {
        text += line
        text += "\n"
    }

    // MARK: - Drawing

    private mutating func draw() {
        let laneCount = laneRanges.last?.lanes.upperBound ?? 0
        let width = max(660, 2 * Metrics.margin + laneCount * Metrics.laneWidth)
        let height = Metrics.headHeight + ((heights.max() ?? 0) + 1) * Metrics.rowHeight + Metrics.margin
        line("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(width) \(height)\"")
        line("     width=\"\(width)\" height=\"\(height)\" font-family=\"sans-serif\" font-size=\"11\">")
        line("<title>Gossip graph of \(escaped(dump.ourID.description))</title>")
        line(
            "<defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\""
        )
        line("  orient=\"auto\"><path d=\"M0,1 L8,4 L0,7 z\" fill=\"#66707c\"/></marker></defs>")
        line("<rect width=\"100%\" height=\"100%\" fill=\"#fbfbf8\"/>")
        drawLegend()
        drawPeers(bottom: height - Metrics.margin)
        line("<g stroke=\"#8a94a0\" stroke-width=\"1\" fill=\"none\">")
        for event in dump.events.indices { drawEdges(to: event) }
        line("</g>")
        for event in dump.events.indices { drawEvent(event) }
        line("</svg>")
    }

    private mutating func drawLegend() {
        let mode = dump.mode.rawValue
        line("<text x=\"\(Metrics.margin)\" y=\"22\" font-size=\"14\" fill=\"#22272e\">")
        line("  \(escaped(dump.ourID.description)): \(dump.events.count) events, \(mode) mode</text>")
        var x = Metrics.margin
        for role in Role.allCases {
            line(
                "<rect x=\"\(x)\" y=\"34\" width=\"16\" height=\"12\" rx=\"4\" fill=\"\(role.fill)\" stroke=\"#66707c\"/>"
            )
            line("<text x=\"\(x + 22)\" y=\"44\" fill=\"#22272e\">\(role.meaning)</text>")
            x += 44 + 7 * role.meaning.utf8.count
        }
    }

    private mutating func drawPeers(bottom: Int) {
        for (peer, lanes) in laneRanges {
            line("<text x=\"\(x(lanes.lowerBound))\" y=\"78\" font-size=\"14\" font-weight=\"bold\"")
            line("  text-anchor=\"middle\" fill=\"#22272e\">\(escaped(peer.description))</text>")
            for lane in lanes {
                line("<line x1=\"\(x(lane))\" y1=\"88\" x2=\"\(x(lane))\" y2=\"\(bottom)\" stroke=\"#e6e6e0\"/>")
            }
        }
    }

    private mutating func drawEdges(to event: Int) {
        let half = Metrics.eventHeight / 2
        if let parent = dump.events[event].selfParent {
            line("<path d=\"M\(x(lanes[parent])),\(y(parent) + half) L\(x(lanes[event])),\(y(event) - half)\"/>")
        }
        if let parent = dump.events[event].otherParent {
            let isRight = lanes[parent] > lanes[event]
            let side = isRight ? Metrics.eventWidth / 2 : -Metrics.eventWidth / 2
            let (fromX, toX) = (x(lanes[parent]) - side, x(lanes[event]) + side)
            line("<path marker-end=\"url(#arrow)\" d=\"M\(fromX),\(y(parent)) L\(toX),\(y(event))\"/>")
        }
    }

    private mutating func drawEvent(_ event: Int) {
        let (x, y) = (x(lanes[event]), y(event))
        let (width, height) = (Metrics.eventWidth, Metrics.eventHeight)
        line("<g><title>\(escaped(details(of: event)))</title>")
        line("<rect x=\"\(x - width / 2)\" y=\"\(y - height / 2)\" width=\"\(width)\" height=\"\(height)\" rx=\"8\"")
        line("  fill=\"\(role(of: event).fill)\" stroke=\"#66707c\"/>")
        line(
            "<text x=\"\(x)\" y=\"\(y + 4)\" text-anchor=\"middle\" fill=\"#22272e\">\(escaped(names.events[event]))</text>"
        )
        if let note = note(of: event) {
            line(
                "<text x=\"\(x + width / 2 + 5)\" y=\"\(y + 4)\" fill=\"#4a525c\" stroke=\"#fbfbf8\" stroke-width=\"3\""
            )
            line("  paint-order=\"stroke\">\(escaped(note))</text>")
        }
        line("</g>")
    }

    private func role(of event: Int) -> Role {
        let meta = metaEvents[event]
        if let meta, !meta.observees.isEmpty { return .observer }
        if let meta, !meta.interestingContent.isEmpty { return .interesting }
        return dump.observations(of: event).isEmpty ? .plain : .vote
    }

    /// What is written beside an event: what it votes for, or what becomes interesting there.
    private func note(of event: Int) -> String? {
        let observations = dump.observations(of: event)
        let texts = observations.isEmpty ? metaEvents[event]?.interestingContent ?? [] : observations
        guard let first = texts.first else { return nil }
        var note = shortText(first)
        if note.count > Metrics.noteLength { note = note.prefix(Metrics.noteLength - 1) + "…" }
        return texts.count == 1 ? note : "\(note) +\(texts.count - 1)"
    }

    private func shortText(_ observation: DumpObservation) -> String {
        switch observation {
        case .genesis: "Genesis"
        case .opaque(let text): text
        default: observation.description
        }
    }

    /// Everything that is known of an event, line by line.
    private func details(of event: Int) -> String {
        var lines = ["\(names.events[event]) by \(dump.events[event].creator)"]
        switch dump.events[event].cause {
        case .initial: lines.append("Initial")
        case .requesting(let recipient): lines.append("Requesting(\(recipient))")
        case .request: lines.append("Request")
        case .response: lines.append("Response")
        case .observation(let observations): lines += observations.map(\.description)
        }
        guard let meta = metaEvents[event] else { return lines.joined(separator: "\n") }
        if !meta.interestingContent.isEmpty {
            lines.append("interesting: \(meta.interestingContent.map(\.description).joined(separator: ", "))")
        }
        if !meta.observees.isEmpty {
            lines.append("observes: \(meta.observees.map(\.description).joined(separator: ", "))")
        }
        for voter in meta.metaVotes {
            let votes = voter.votes.map { "\($0.stage) \(MetaVoteText($0).columns.joined(separator: " "))" }
            lines.append("\(voter.peer): \(votes.joined(separator: " | "))")
        }
        return lines.joined(separator: "\n")
    }

    private func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\n": result += "&#10;"
            // XML has no way to write the other control characters.
            case "\u{0}"..<"\u{9}", "\u{B}"..<"\u{20}", "\u{FFFE}"..."\u{FFFF}": result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
