public import MetaVoting
import Membership
import ParsecCore
import Voting

/// Writes dumps as the reference does, readable by it, by ``DOTReader`` and by graphviz (`protocol.md` section 8.3).
///
/// Our extensions: several observations in one event are listed one after another, a line may name the rules, and
/// digests of payloads that cannot be computed from their texts stand at the end.
public struct DOTWriter {
    private let dump: GraphDump
    private let names: EventNames
    private let metaEvents: [Int: GraphDump.MetaEvent]

    /// The events of each peer, by index and fork index.
    private let chains: [[Int]]
    private let positions: [Int]
    private var text = ""

    /// Writes a dump.
    public static func write(_ dump: GraphDump) -> String {
        var writer = DOTWriter(dump)
        writer.writeHead()
        writer.writeGraph()
        writer.writeDetails()
        writer.writeElection()
        return writer.text
    }

    private init(_ dump: GraphDump) {
        self.dump = dump
        names = EventNames(dump)
        metaEvents = Dictionary(dump.election.metaEvents.map { ($0.event, $0) }) { first, _ in first }
        let events = Dictionary(grouping: dump.events.indices) { dump.events[$0].creator }
        chains = dump.peers.map { peer in
            (events[peer.id] ?? []).sorted {
                (dump.events[$0].indexByCreator, dump.events[$0].forkIndex)
                    < (dump.events[$1].indexByCreator, dump.events[$1].forkIndex)
            }
        }
        positions = dump.heights
    }

    private mutating func line(_ line: String) {
        text += line
        text += "\n"
    }

    private mutating func writeHead() {
        line("/// our_id: \(dump.ourID)")
        line("/// peer_list: {")
        for peer in dump.peers { line("///   \(peer.id): PeerState(\(peer.state))") }
        line("/// }")
        line("/// consensus_mode: \(dump.mode == .single ? "Single" : "Supermajority")")
        if let rules = dump.rules { line("/// rules: \(rules.rawValue)") }
        if let random = dump.secureRandom { line("/// secure_rng: [\(list(random.map { String($0) }))]") }
        if let bytes = dump.keyGenerations { line("/// key_gens_and_next_id: [\(list(bytes.map { String($0) }))]") }
    }

    private func list(_ items: [String]) -> String { items.joined(separator: ", ") }

    // MARK: - Edges

    private mutating func writeGraph() {
        line("digraph GossipGraph {")
        line("  splines=false")
        line("  rankdir=BT")
        line("")
        for (peer, chain) in zip(dump.peers, chains) { writeCluster(peer, chain) }
        let sorted = dump.peers.map(\.id.description).sorted()
        line("  {")
        line("    rank=same")
        for name in sorted { line("    \"\(name)\" [style=filled, color=white]") }
        line("  }")
        line("  \(sorted.map { "\"\($0)\"" }.joined(separator: " -> ")) [style=invis]")
        line("")
    }

    private mutating func writeCluster(_ peer: GraphDump.Peer, _ chain: [Int]) {
        line("  style=invis")
        line("  subgraph cluster_\(peer.id) {")
        line("    label=\"\(peer.id)\"")
        line("    \"\(peer.id)\" [style=invis]")
        for event in chain {
            if let parent = dump.events[event].selfParent {
                let length = max(1, positions[event] - positions[parent])
                line("    \"\(names.events[parent])\" -> \"\(names.events[event])\" [minlen=\(length)]")
            } else {
                line("    \"\(peer.id)\" -> \"\(names.events[event])\" [style=invis]")
            }
        }
        line("  }")
        var hasOtherParents = false
        for event in chain {
            guard let parent = dump.events[event].otherParent else { continue }
            line("  \"\(names.events[parent])\" -> \"\(names.events[event])\" [constraint=false]")
            hasOtherParents = true
        }
        line("")
        if !hasOtherParents { line("") }
    }

    // MARK: - Details

    private mutating func writeDetails() {
        line("/// ===== details of events =====")
        for event in chains.joined() {
            line("  \"\(names.events[event])\" [\(attributes(of: event))]")
            line("/// cause: \(causeText(event))")
            let ancestors = dump.events[event].lastAncestors.map { "\($0.peer): \($0.indexByCreator)" }
            line("/// last_ancestors: {\(list(ancestors))}")
            line("")
        }
        line("}")
        line("")
    }

    private func causeText(_ event: Int) -> String {
        switch dump.events[event].cause {
        case .initial: "Initial"
        case .requesting(let recipient): "Requesting(\(recipient))"
        case .request: "Request"
        case .response: "Response"
        case .observation(let observations):
            "Observation("
                + list(observations.map(\.text)) + ")"
        }
    }

    private func attributes(of event: Int) -> String {
        let meta = metaEvents[event]
        let observations = dump.observations(of: event)
        var fill = "fillcolor=white"
        if !observations.isEmpty { fill = "style=filled, fillcolor=cyan" }
        if let meta, !meta.interestingContent.isEmpty { fill = "style=filled, fillcolor=crimson" }
        if let meta, !meta.observees.isEmpty { fill = "style=filled, fillcolor=orange" }
        let shape = observations.isEmpty && meta == nil ? "" : "shape=rectangle, "
        var table = "<<table border=\"0\" cellborder=\"0\" cellpadding=\"0\" cellspacing=\"0\">\n"
        table += "<tr><td colspan=\"6\">\(names.events[event])</td></tr>\n"
        if !observations.isEmpty {
            table += "<tr><td colspan=\"6\">\(list(observations.map(\.description)))</td></tr>\n"
        }
        if let meta { table += metaTable(meta) }
        return "\(fill), \(shape)label=\(table)</table>>"
    }

    private func metaTable(_ meta: GraphDump.MetaEvent) -> String {
        var table = ""
        if !meta.interestingContent.isEmpty {
            let content = list(meta.interestingContent.map(\.description))
            table += "<tr><td colspan=\"6\">[\(content)]</td></tr>"
        }
        guard !meta.metaVotes.isEmpty else { return table }
        var rows = ["<tr><td></td><td width=\"50\">stage</td>"]
        for title in ["est", "bin", "aux", "dec"] { rows[0] += "<td width=\"30\">\(title)</td>" }
        rows[0] += "</tr>"
        for voter in sortedByShortName(meta.metaVotes) {
            for (number, vote) in voter.votes.enumerated() {
                let prefix = "\(names.shortName(of: voter.peer)): "
                let name = number == 0 ? prefix : String(repeating: " ", count: prefix.utf8.count)
                let cells = [name, vote.stage.description] + MetaVoteText(vote).columns
                rows.append("<tr>\(cells.map { "<td>\($0)</td>" }.joined())</tr>")
            }
        }
        return table + rows.joined(separator: "\n")
    }

    private func sortedByShortName(_ votes: [GraphDump.PeerMetaVotes]) -> [GraphDump.PeerMetaVotes] {
        votes.sorted { names.shortName(of: $0.peer) < names.shortName(of: $1.peer) }
    }

    // MARK: - The election

    private mutating func writeElection() {
        let election = dump.election
        line("/// ===== meta-elections =====")
        line("/// consensus_history:")
        for digest in election.history { line("/// \(digest)") }
        line("")
        line("/// interesting_events: {")
        for entry in election.interestingEvents {
            line("///   \(entry.peer) -> [\(quoted(entry.events))]")
        }
        line("/// }")
        line("/// all_voters: {\(list(election.voters.map(\.description)))}")
        if let undecided = election.undecidedEvents { line("/// unconsensused_events: {\(quoted(undecided))}") }
        line("/// meta_events: {")
        for meta in election.metaEvents { writeMetaEvent(meta) }
        line("/// }")
        guard !dump.payloadDigests.isEmpty else { return }
        line("/// payload_digests: {")
        let digests = dump.payloadDigests.map { (text: $0.description, digest: $1) }.sorted { $0.text < $1.text }
        for (text, digest) in digests { line("///   \(digest) \(text)") }
        line("/// }")
    }

    private func quoted(_ events: [Int]) -> String { list(events.map { "\"\(names.events[$0])\"" }) }

    private mutating func writeMetaEvent(_ meta: GraphDump.MetaEvent) {
        line("///   \(names.events[meta.event]) -> {")
        line("///     observees: {\(list(meta.observees.map(\.description)))}")
        line("///     interesting_content: [\(list(meta.interestingContent.map(\.description)))]")
        if !meta.metaVotes.isEmpty {
            line("///     meta_votes: {")
            line("///         stage est bin aux dec")
            for voter in sortedByShortName(meta.metaVotes) {
                let prefix = "\(names.shortName(of: voter.peer)): "
                for (number, vote) in voter.votes.enumerated() {
                    let start = number == 0 ? prefix : String(repeating: " ", count: prefix.utf8.count)
                    let columns = MetaVoteText(vote).columns.joined(separator: "   ")
                    line("///       \(start)\(vote.stage)   \(columns) ")
                }
            }
            line("///     }")
        }
        line("///   }")
    }
}

extension MetaVote {
    /// The four columns of a dump, apart by blanks: estimates, bin values, auxiliary value, decision.
    public var text: String { MetaVoteText(self).columns.joined(separator: " ") }
}

/// A meta-vote as the four columns of a dump: estimates, bin values, auxiliary value, decision.
struct MetaVoteText {
    let columns: [String]

    init(_ vote: MetaVote) {
        switch vote.value {
        case .decided(let value):
            columns = Array(repeating: MetaVoteText.text(BoolSet(value)), count: 4)
        case .undecided(let estimates, let binValues, let auxiliary):
            columns =
                [estimates, binValues].map(MetaVoteText.text)
                + [auxiliary.map { MetaVoteText.text(BoolSet($0)) } ?? "-", "-"]
        }
    }

    private static func text(_ values: BoolSet) -> String {
        switch values {
        case []: "-"
        case .justTrue: "t"
        case .justFalse: "f"
        default: "b"
        }
    }
}

extension GraphDump {
    /// For each event its height: one more than that of its highest parent.
    var heights: [Int] {
        var heights: [Int] = []
        heights.reserveCapacity(events.count)
        for event in events {
            let parents = [event.selfParent, event.otherParent].compactMap { $0 }
            heights.append(1 + (parents.map { heights[$0] }.max() ?? 0))
        }
        return heights
    }
}
