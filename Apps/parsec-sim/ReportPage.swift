import ParsecCore
import ScenarioFiles
import Simulation

/// A run as one page for the browser, which needs nothing from anywhere else.
struct ReportPage {
    let simulation: Simulation
    let report: RunReport

    /// The command that runs the scenario again.
    let replay: String

    init(_ simulation: Simulation, _ report: RunReport, replay: String) {
        self.simulation = simulation
        self.report = report
        self.replay = replay
    }

    var html: String {
        let title = ReportPage.escaped(report.scenario)
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(title), seed \(report.seed)</title>
            <style>\(ReportPage.style)</style>
            </head>
            <body>
            <h1>\(title)</h1>
            \(summary)
            <h2>Timeline</h2>
            \(timeline)
            <h2>From the first vote to the block</h2>
            \(latencies)
            <h2>Growth</h2>
            \(growth)
            <h2>Peers</h2>
            \(peerTable)
            <h2>Blocks</h2>
            \(blockTable)
            <h2>Scenario</h2>
            <pre>\(ReportPage.escaped(ScenarioWriter.write(simulation.scenario)))</pre>
            </body>
            </html>

            """
    }

    /// Text as HTML shows it.
    static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }

    // MARK: - Head

    private var summary: String {
        let outcome =
            report.isSuccess
            ? "<p class=\"good\">All rules held, all peers agree.</p>"
            : "<p class=\"bad\">Violated: \(ReportPage.escaped(report.failure ?? ""))</p>"
        let settled = report.settledAtMilliseconds.map { "\($0) ms" } ?? "never"
        let facts = [
            ("seed", "\(report.seed)"), ("mode", report.mode), ("virtual time", "\(report.milliseconds) ms"),
            ("everything decided at", settled), ("blocks", "\(report.blocks.count)"),
            ("peers", "\(report.peers.count)"),
            ("requests", "\(report.requests)"), ("responses", "\(report.responses)"),
            ("heartbeats", "\(report.heartbeats)"), ("lost messages", "\(report.lostMessages)"),
            ("most events in a message", "\(report.mostEventsPerMessage)"),
        ]
        let list = facts.map { "<div><dt>\($0.0)</dt><dd>\(ReportPage.escaped($0.1))</dd></div>" }.joined(
            separator: "\n"
        )
        return """
            \(outcome)
            <dl>
            \(list)
            </dl>
            <p>Run it again: <code>\(ReportPage.escaped(replay))</code></p>
            """
    }

    // MARK: - Tables

    private var peerTable: String {
        let rows = report.peers.map { peer in
            "<tr><td>\(ReportPage.escaped(peer.peer))</td><td>\(peer.standing)</td><td class=\"number\">\(peer.blocks)</td>"
                + "<td class=\"number\">\(peer.events)</td><td class=\"number\">\(peer.refusedMessages)</td></tr>"
        }
        return """
            <table>
            <thead><tr><th>peer</th><th>standing</th><th>blocks</th><th>events</th><th>refused messages</th></tr></thead>
            <tbody>
            \(rows.joined(separator: "\n"))
            </tbody>
            </table>
            """
    }

    /// The most blocks that the table lists; of more it lists the first ones.
    static let mostListedBlocks = 1_000

    private var blockTable: String {
        let rows = report.blocks.prefix(ReportPage.mostListedBlocks).map { block in
            let creator = block.creator.map { " by \($0)" } ?? ""
            return "<tr><td class=\"number\">\(block.number)</td><td class=\"number\">\(block.election)</td>"
                + "<td>\(ReportPage.escaped(block.observation + creator))</td>"
                + "<td class=\"number\">\(block.voters)</td><td><code>\(block.digest.prefix(10))</code></td></tr>"
        }
        let left = report.blocks.count - rows.count
        return """
            <table>
            <thead><tr><th>block</th><th>election</th><th>what</th><th>voters</th><th>digest</th></tr></thead>
            <tbody>
            \(rows.joined(separator: "\n"))
            </tbody>
            </table>
            \(left > 0 ? "<p>\(left) more blocks are not listed.</p>" : "")
            """
    }

    // MARK: - Looks

    private static let style = """
        :root { --back: #fbfbf8; --text: #20262e; --faint: #5c6670; --line: #d5d9dd; --member: #a9cdec; --waiting: #cfd6dc;
          --down: #d9822b; --failed: #8f3d3d; --removed: #e4e7ea; --vote: #12304f; --block: #0b6e3b; --fault: #c9a227;
          --bad: #a3161f; --good: #0b6e3b; --series: #3a6ea5; }
        @media (prefers-color-scheme: dark) { :root { --back: #14181d; --text: #e6e9ec; --faint: #a2acb6; --line: #39424c;
          --member: #27496b; --waiting: #434e59; --down: #d9822b; --failed: #b35454; --removed: #262d35; --vote: #cfe3f7;
          --block: #7fe0a8; --fault: #a98714; --bad: #ff8a8f; --good: #7fe0a8; --series: #7fb2e5; } }
        body { background: var(--back); color: var(--text); font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto;
          max-width: 1180px; padding: 0 1rem; }
        h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
        .good { color: var(--good); font-weight: 600; } .bad { color: var(--bad); font-weight: 600; }
        dl { display: flex; flex-wrap: wrap; gap: .4rem 1.6rem; } dl div { display: flex; gap: .4rem; }
        dt { color: var(--faint); } dd { margin: 0; font-variant-numeric: tabular-nums; }
        .scroll { overflow-x: auto; } svg { display: block; max-width: none; }
        svg text { fill: var(--text); font: 12px system-ui, sans-serif; } svg .faint { fill: var(--faint); }
        .axis { stroke: var(--line); } .member { fill: var(--member); } .waiting { fill: var(--waiting); }
        .down { fill: var(--down); } .failed { fill: var(--failed); } .removed { fill: var(--removed); }
        .vote { stroke: var(--vote); stroke-width: 1.5; } .block { stroke: var(--block); stroke-width: 1.5; }
        .fault { fill: var(--fault); } .mark { stroke: var(--bad); stroke-width: 1.5; stroke-dasharray: 4 3; }
        .done { stroke: var(--good); stroke-width: 1.5; stroke-dasharray: 4 3; } .series { stroke: var(--series); fill: none;
          stroke-width: 2; } .dot { fill: var(--series); fill-opacity: .55; } .bar { fill: var(--series); }
        table { border-collapse: collapse; } th, td { text-align: left; padding: .2rem .9rem .2rem 0;
          border-bottom: 1px solid var(--line); } .number { text-align: right; font-variant-numeric: tabular-nums; }
        .key { display: inline-block; width: .9em; height: .9em; vertical-align: -.1em; margin-right: .3em; }
        .entry { white-space: nowrap; margin-right: 1em; }
        pre, code { font: 13px ui-monospace, monospace; } pre { overflow-x: auto; border-left: 3px solid var(--line);
          padding-left: 1rem; } .charts { display: flex; flex-wrap: wrap; gap: 2rem; } figure { margin: 0; }
        .fork { fill: var(--bad); }
        """
}
