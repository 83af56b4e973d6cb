import Consensus
import ParsecCore
import Simulation
import Voting

/// The timeline: a lane per peer, and lanes of the network's faults above.
extension ReportPage {
    /// A part of a peer's life.
    struct Span: Hashable {
        /// As the style sheet names it.
        let kind: String
        let text: String
        let from: Int
        let to: Int
    }

    private static let left = 110
    private static let width = 1_040
    private static let laneHeight = 24
    private static let top = 26

    private func x(_ time: Int) -> Double {
        let span = Double(ReportPage.width - ReportPage.left)
        return Double(ReportPage.left) + span * Double(time) / Double(max(1, simulation.now))
    }

    private func place(_ time: Int) -> String { ReportPage.decimal(x(time)) }

    /// A number with one digit after the point.
    static func decimal(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(abs(tenths % 10))"
    }

    var timeline: String {
        let faults = networkFaults
        let peerTop = ReportPage.top + faults.count * 18 + 8
        let height = peerTop + simulation.peers.count * ReportPage.laneHeight + 8
        var svg = "<div class=\"scroll\" tabindex=\"0\" role=\"img\" aria-label=\"Timeline of the run\">"
        svg += "<svg width=\"\(ReportPage.width + 10)\" height=\"\(height)\">"
        for tick in ReportPage.ticks(upTo: simulation.now, most: 10) {
            let anchor = x(tick) > Double(ReportPage.width - 40) ? "end" : "middle"
            svg += "<line class=\"axis\" x1=\"\(place(tick))\" x2=\"\(place(tick))\" y1=\"18\" y2=\"\(height)\"/>"
            svg += "<text class=\"faint\" x=\"\(place(tick))\" y=\"12\" text-anchor=\"\(anchor)\">\(tick) ms</text>"
        }
        for (lane, span) in faults.enumerated() {
            svg += bar(span, y: ReportPage.top + lane * 18, height: 13)
            let label = ReportPage.escaped(span.text)
            svg += "<text x=\"4\" y=\"\(ReportPage.top + lane * 18 + 11)\">\(label.prefix(16))</text>"
        }
        for (lane, peer) in simulation.peers.enumerated() {
            svg += self.lane(of: peer, y: peerTop + lane * ReportPage.laneHeight)
        }
        if let time = simulation.settleTime { svg += line("done", "everything is decided", time, height) }
        if simulation.violation != nil { svg += line("mark", "a rule is violated", simulation.now, height) }
        return svg + "</svg></div>" + ReportPage.legend
    }

    private static let legend = """
        <p>
        <span class="entry"><span class="key" style="background: var(--member)"></span>member</span>
        <span class="entry"><span class="key" style="background: var(--waiting)"></span>waits to be admitted</span>
        <span class="entry"><span class="key" style="background: var(--down)"></span>down</span>
        <span class="entry"><span class="key" style="background: var(--failed)"></span>failed for good</span>
        <span class="entry"><span class="key" style="background: var(--removed)"></span>removed</span>
        <span class="entry"><span class="key" style="background: var(--fault)"></span>fault of the network</span>
        <span class="entry"><span class="key" style="background: var(--bad)"></span>begins to fork (triangle)</span>
        <span class="entry"><span class="key" style="background: var(--vote); width: 2px"></span>vote (above)</span>
        <span class="entry"><span class="key" style="background: var(--block); width: 2px"></span>block (below)</span>
        </p>
        <p>Of marks that fall on the same two pixels one is drawn. A dashed green line is where everything was decided, a red one where a rule was violated.</p>
        """

    // MARK: - Lanes

    private func lane(of peer: SimulatedPeer, y: Int) -> String {
        let name = peer.isHonest ? "\(peer.id)" : "\(peer.id) (liar)"
        var svg = "<g class=\"lane\"><text x=\"4\" y=\"\(y + 15)\">\(ReportPage.escaped(name))</text>"
        for span in life(of: peer) { svg += bar(span, y: y + 2, height: ReportPage.laneHeight - 5) }
        var votes: [(time: Int, text: String)] = []
        var blocks: [(time: Int, text: String)] = []
        var forks: [Int] = []
        for entry in simulation.happenings {
            switch entry.happening {
            case .voted(peer.id, let observations):
                votes.append((entry.time, "votes for \(observations.map(\.summary).joined(separator: ", "))"))
            case .block(peer.id, let block):
                blocks.append((entry.time, "block \(block.number): \(block.observation.summary)"))
            case .forked(peer.id): forks.append(entry.time)
            default: break
            }
        }
        svg += marks("vote", votes, y: y + 3) + marks("block", blocks, y: y + 12)
        for time in forks {
            let (left, right) = (ReportPage.decimal(x(time) - 4), ReportPage.decimal(x(time) + 4))
            svg += "<polygon class=\"fork\" points=\"\(left),\(y + 6) \(right),\(y + 6) \(place(time)),\(y + 16)\">"
            svg += "<title>begins to fork at \(time) ms</title></polygon>"
        }
        return svg + "</g>"
    }

    /// Thin lines, at most one for every two pixels.
    private func marks(_ kind: String, _ marks: [(time: Int, text: String)], y: Int) -> String {
        var svg = ""
        var used: Set<Int> = []
        for mark in marks where used.insert(Int(x(mark.time) / 2)).inserted {
            let title = "\(mark.time) ms: \(ReportPage.escaped(String(mark.text.prefix(200))))"
            svg +=
                "<line class=\"\(kind)\" x1=\"\(place(mark.time))\" x2=\"\(place(mark.time))\" y1=\"\(y)\" y2=\"\(y + 8)\">"
            svg += "<title>\(title)</title></line>"
        }
        return svg
    }

    private func bar(_ span: Span, y: Int, height: Int) -> String {
        let width = max(1, x(span.to) - x(span.from))
        return
            "<rect class=\"\(span.kind)\" x=\"\(place(span.from))\" y=\"\(y)\" width=\"\(ReportPage.decimal(width))\" "
            + "height=\"\(height)\" rx=\"2\"><title>\(ReportPage.escaped(span.text)), \(span.from) to \(span.to) ms</title></rect>"
    }

    private func line(_ kind: String, _ text: String, _ time: Int, _ height: Int) -> String {
        "<line class=\"\(kind)\" x1=\"\(place(time))\" x2=\"\(place(time))\" y1=\"18\" y2=\"\(height)\">"
            + "<title>\(text) at \(time) ms</title></line>"
    }

    // MARK: - Spans

    /// The faults of links and slow peers, each as long as it lasted.
    var networkFaults: [Span] {
        simulation.scenario.steps.compactMap { step in
            guard case .fault(let fault) = step, fault.from <= simulation.now else { return nil }
            switch fault.kind {
            case .crash, .restore, .fork, .misbehave: return nil
            case .partition, .cut, .link, .slow:
                let to = min(fault.to ?? simulation.now, simulation.now)
                return Span(kind: "fault", text: fault.summary, from: fault.from, to: to)
            }
        }
    }

    /// The parts of a peer's life, one after another.
    func life(of peer: SimulatedPeer) -> [Span] {
        let isFirst = simulation.network.genesis.contains(peer.id)
        var spans: [Span] = []
        var kind = isFirst ? "member" : "waiting"
        var before = kind
        var since = peer.start
        func text(_ kind: String) -> String {
            let what = [
                "member": "is a member", "waiting": "waits to be admitted", "down": "is down", "failed": "has failed",
            ]
            return "\(peer.id) \(what[kind] ?? "is removed")"
        }
        func turn(to next: String, at time: Int) {
            if time > since { spans.append(Span(kind: kind, text: text(kind), from: since, to: time)) }
            (kind, since) = (next, time)
        }
        for entry in simulation.happenings {
            switch entry.happening {
            case .joined(peer.id):
                if kind == "waiting" { turn(to: "member", at: entry.time) } else { before = "member" }
            case .left(peer.id):
                if kind == "down" || kind == "failed" {
                    before = "removed"
                } else {
                    turn(to: "removed", at: entry.time)
                }
            case .crashed(peer.id):
                before = kind
                turn(to: "down", at: entry.time)
            case .restarted(peer.id): turn(to: before, at: entry.time)
            default: break
            }
        }
        if kind == "down" && peer.hasFailed { kind = "failed" }
        turn(to: kind, at: simulation.now)
        return spans
    }
}
