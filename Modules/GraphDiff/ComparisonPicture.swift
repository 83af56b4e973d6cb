public import GraphFormats
public import ParsecCore

/// Two graphs in one picture: what both have, what only one has, and what differs.
public struct ComparisonPicture: Sendable {
    /// The events of both.
    public let dump: GraphDump

    /// The events that stand out, by position.
    public let marks: [Int: SVGWriter.Mark]
    private let roles: [Int: SVGWriter.Role]
    private let labels: [PeerID: String]
    private let title: String

    /// - Parameter labels: what to call peers instead of by their names.
    public init(_ a: GraphDump, _ b: GraphDump, _ comparison: GraphComparison, labels: [PeerID: String] = [:]) {
        let (first, second) = (KeyedDump(a), KeyedDump(b))
        let union = a.union(first, second)
        dump = union.dump
        var marks: [Int: SVGWriter.Mark] = [:]
        let different = Set(comparison.computed.first.map(\.event))
        for (position, key) in first.keys.enumerated() {
            if second.positions[key] == nil {
                marks[position] = .onlyA
            } else if different.contains(first.name(of: position)) {
                marks[position] = .differs
            }
        }
        for (position, key) in second.keys.enumerated() where first.positions[key] == nil {
            marks[union.places[position]] = .onlyB
        }
        self.marks = marks
        self.labels = labels
        // What an event was to an election may be known to one side only.
        roles = a.roles.merging(b.roles.map { (union.places[$0.key], $0.value) }) {
            $0.rawValue < $1.rawValue ? $1 : $0
        }
        func owner(_ dump: GraphDump) -> String { labels[dump.ourID] ?? dump.ourID.description }
        title = "A: \(owner(a)), \(a.events.count) events; B: \(owner(b)), \(b.events.count) events"
    }

    public var svg: String { SVGWriter.write(dump, title: title, marks: marks, roles: roles, labels: labels) }

    /// The picture for graphviz; no dump, since it has no decisions.
    public var dot: String {
        var lines = [
            "digraph GraphComparison {", "  label=\"\(title)\"", "  rankdir=BT", "  node [shape=box, style=rounded]",
        ]
        for mark in SVGWriter.Mark.allCases {
            let name = mark.meaning
            lines.append("  \"\(name)\" [color=\"\(mark.color)\", penwidth=3, style=\"rounded,dashed\"]")
        }
        func name(_ position: Int) -> String {
            let (name, creator) = (dump.events[position].name, dump.events[position].creator)
            return labels[creator].map { $0 + name.dropFirst(creator.description.count) } ?? name
        }
        for (position, event) in dump.events.enumerated() {
            let color = marks[position].map { ", color=\"\($0.color)\", penwidth=3" } ?? ""
            lines.append("  \"\(name(position))\" [group=\"\(event.creator)\"\(color)]")
            for parent in [event.selfParent, event.otherParent].compactMap({ $0 }) {
                lines.append("  \"\(name(parent))\" -> \"\(name(position))\"")
            }
        }
        return (lines + ["}", ""]).joined(separator: "\n")
    }
}
