import MetaVoting
public import ParsecCore
import Voting

/// Draws a dump: a column per peer, time running down, an arrow to each event from its parents.
///
/// A fork is drawn as columns side by side. Hovering over an event shows its cause, what is interesting there, and its
/// meta-votes. The picture is complete in itself and brings its own background.
public struct SVGWriter {
    /// Where things go, in user units; pages use the first four as well.
    package enum Metrics {
        package static let laneWidth = 190
        package static let rowHeight = 30
        package static let eventWidth = 62
        package static let eventHeight = 20
        static let margin = 24
        static let headHeight = 96

        /// The most characters of an observation that are written beside an event.
        static let noteLength = 17
    }

    /// What an event is shown as: by its kind, or by what it was to an election; later ones win over earlier ones.
    public enum Role: Int, CaseIterable, Sendable {
        case initial, requesting, request, response, vote, interesting, observer, deciding

        fileprivate var fill: String {
            switch self {
            case .initial: "#ece6f4"
            case .requesting: "#ffffff"
            case .request: "#f0f2f4"
            case .response: "#e0e5ea"
            case .vote: "#a8dfe8"
            case .interesting: "#f29ca3"
            case .observer: "#ffc46b"
            case .deciding: "#9ad07a"
            }
        }

        fileprivate var meaning: String {
            switch self {
            case .vote: "votes"
            default: "\(self)"
            }
        }

        fileprivate init(_ cause: GraphDump.Cause) {
            switch cause {
            case .initial: self = .initial
            case .requesting: self = .requesting
            case .request: self = .request
            case .response: self = .response
            case .observation: self = .vote
            }
        }
    }

    /// How an event stands out when two graphs are drawn in one.
    public enum Mark: CaseIterable, Sendable {
        case onlyA
        case onlyB

        /// Both have it, and something follows from it differently.
        case differs

        public var color: String {
            switch self {
            case .onlyA: "#1a6fd0"
            case .onlyB: "#8a3fc4"
            case .differs: "#d02a1a"
            }
        }

        public var meaning: String {
            switch self {
            case .onlyA: "only in A"
            case .onlyB: "only in B"
            case .differs: "differs"
            }
        }

        /// Told apart without colours, too.
        fileprivate var stroke: String {
            let dashes =
                switch self {
                case .onlyA: ""
                case .onlyB: " stroke-dasharray=\"6 3\""
                case .differs: " stroke-dasharray=\"2 2\""
                }
            return "stroke=\"\(color)\" stroke-width=\"3\"\(dashes)"
        }
    }

    private let dump: GraphDump
    private let names: EventNames
    private let metaEvents: [Int: GraphDump.MetaEvent]
    private let layout: GraphLayout
    private let columns: [GraphLayout.Column]
    private let lanes: [Int]
    private let title: String
    private let marks: [Int: Mark]
    private let roles: [Int: Role]
    private let labels: [PeerID: String]
    private var text = ""

    /// Draws a dump.
    ///
    /// - Parameters:
    ///   - title: what is written above it; by default whose it is, and how many events it has.
    ///   - marks: how events stand out, by position.
    ///   - roles: what events were to elections, by position; the dump itself knows those in its open election only.
    ///   - labels: what to call peers instead of by their names.
    public static func write(
        _ dump: GraphDump,
        title: String? = nil,
        marks: [Int: Mark] = [:],
        roles: [Int: Role] = [:],
        labels: [PeerID: String] = [:]
    ) -> String {
        let owner = labels[dump.ourID] ?? dump.ourID.description
        let count = "\(dump.events.count) events, \(dump.mode.rawValue) mode"
        var writer = SVGWriter(dump, title ?? "\(owner): \(count)", marks, roles, labels)
        writer.draw()
        return writer.text
    }

    private init(
        _ dump: GraphDump,
        _ title: String,
        _ marks: [Int: Mark],
        _ roles: [Int: Role],
        _ labels: [PeerID: String]
    ) {
        self.dump = dump
        self.title = title
        self.marks = marks
        self.roles = roles
        self.labels = labels
        names = EventNames(dump)
        layout = GraphLayout(dump)
        columns = layout.columns
        lanes = layout.lanes
        metaEvents = Dictionary(dump.election.metaEvents.map { ($0.event, $0) }) { first, _ in first }
    }

    private func label(of peer: PeerID) -> String { labels[peer] ?? peer.description }

    private func name(of event: Int) -> String {
        guard let label = labels[dump.events[event].creator] else { return names.events[event] }
        let (index, fork) = (dump.events[event].indexByCreator, dump.events[event].forkIndex)
        return "\(label):\(index)" + (fork == 0 ? "" : ",\(fork)")
    }

    private func x(_ lane: Int) -> Int {
        Metrics.margin + lane * Metrics.laneWidth + Metrics.eventWidth / 2
    }

    private func y(_ event: Int) -> Int { Metrics.headHeight + layout.rows[event] * Metrics.rowHeight }

    private mutating func line(_ line: String) {
        text += line
        text += "\n"
    }

    // MARK: - Drawing

    private mutating func draw() {
        let width = max(700, 2 * Metrics.margin + (columns.last?.lanes.upperBound ?? 0) * Metrics.laneWidth)
        let height = Metrics.headHeight + (layout.rowCount + 1) * Metrics.rowHeight + Metrics.margin
        line("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(width) \(height)\"")
        line("     width=\"\(width)\" height=\"\(height)\" font-family=\"sans-serif\" font-size=\"11\">")
        line("<title>Gossip graph of \(escaped(label(of: dump.ourID)))</title>")
        line(
            "<defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\""
        )
        line("  orient=\"auto\"><path d=\"M0,1 L8,4 L0,7 z\" fill=\"#66707c\"/></marker></defs>")
        line("<rect width=\"100%\" height=\"100%\" fill=\"#fbfbf8\"/>")
        drawLegend(width: width)
        drawPeers(bottom: height - Metrics.margin)
        line("<g stroke=\"#8a94a0\" stroke-width=\"1\" fill=\"none\">")
        for event in dump.events.indices { drawEdges(to: event) }
        line("</g>")
        for event in dump.events.indices { drawEvent(event) }
        line("</svg>")
    }

    private mutating func drawLegend(width: Int) {
        line("<text x=\"\(Metrics.margin)\" y=\"22\" font-size=\"14\" fill=\"#22272e\">")
        line("  \(escaped(title))</text>")
        let plain = "stroke=\"#66707c\""
        let entries =
            Role.allCases.map { (fill: $0.fill, stroke: plain, meaning: $0.meaning) }
            + Mark.allCases.filter(marks.values.contains).map {
                (fill: "#ffffff", stroke: $0.stroke, meaning: $0.meaning)
            }
        var (x, y) = (Metrics.margin, 32)
        for entry in entries {
            let length = 34 + 6 * entry.meaning.utf8.count
            if x + length > width { (x, y) = (Metrics.margin, y + 18) }
            line(
                "<rect x=\"\(x)\" y=\"\(y)\" width=\"16\" height=\"12\" rx=\"4\" fill=\"\(entry.fill)\" \(entry.stroke)/>"
            )
            line("<text x=\"\(x + 22)\" y=\"\(y + 10)\" fill=\"#22272e\">\(entry.meaning)</text>")
            x += length
        }
    }

    private mutating func drawPeers(bottom: Int) {
        for column in columns {
            let (peer, lanes) = (column.peer, column.lanes)
            line("<text x=\"\(x(lanes.lowerBound))\" y=\"78\" font-size=\"14\" font-weight=\"bold\"")
            line("  text-anchor=\"middle\" fill=\"#22272e\">\(escaped(label(of: peer)))</text>")
            for lane in lanes {
                line("<line x1=\"\(x(lane))\" y1=\"88\" x2=\"\(x(lane))\" y2=\"\(bottom)\" stroke=\"#e6e6e0\"/>")
            }
        }
    }

    private mutating func drawEdges(to event: Int) {
        let half = Metrics.eventHeight / 2
        if let parent = dump.events[event].selfParent {
            line(
                "<path d=\"M\(x(lanes[parent])),\(y(parent) + half) L\(x(lanes[event])),\(y(event) - half)\"/>"
            )
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
        line("  fill=\"\(role(of: event).fill)\" \(marks[event]?.stroke ?? "stroke=\"#66707c\"")/>")
        line(
            "<text x=\"\(x)\" y=\"\(y + 4)\" text-anchor=\"middle\" fill=\"#22272e\">\(escaped(name(of: event)))</text>"
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
        if let role = roles[event] { return role }
        let meta = metaEvents[event]
        if let meta, !meta.observees.isEmpty { return .observer }
        if let meta, !meta.interestingContent.isEmpty { return .interesting }
        return Role(dump.events[event].cause)
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
        default: labelled(observation.description)
        }
    }

    /// A text with labels for peers.
    private func labelled(_ text: String) -> String {
        labels.reduce(text) { $0.replacing($1.key.description, with: $1.value) }
    }

    /// Everything that is known of an event, line by line.
    private func details(of event: Int) -> String {
        var lines = ["\(name(of: event)) by \(label(of: dump.events[event].creator))"]
        switch dump.events[event].cause {
        case .initial: lines.append("Initial")
        case .requesting(let recipient): lines.append("Requesting(\(label(of: recipient)))")
        case .request: lines.append("Request")
        case .response: lines.append("Response")
        case .observation(let observations): lines += observations.map { labelled($0.description) }
        }
        guard let meta = metaEvents[event] else { return lines.joined(separator: "\n") }
        if !meta.interestingContent.isEmpty {
            lines.append("interesting: \(meta.interestingContent.map(\.description).joined(separator: ", "))")
        }
        if !meta.observees.isEmpty {
            lines.append("observes: \(meta.observees.map(label).joined(separator: ", "))")
        }
        for voter in meta.metaVotes {
            let votes = voter.votes.map { "\($0.stage) \(MetaVoteText($0).columns.joined(separator: " "))" }
            lines.append("\(label(of: voter.peer)): \(votes.joined(separator: " | "))")
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
