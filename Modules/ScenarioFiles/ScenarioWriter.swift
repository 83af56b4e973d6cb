import ParsecCore
public import Simulation
import Voting

/// Writes scenarios as TOML files that ``ScenarioReader`` reads.
public enum ScenarioWriter {
    /// Writes a scenario; what is as usual is left out.
    public static func write(_ scenario: Scenario) -> String {
        var lines = ["name = \(quoted(scenario.name))", "seed = \(Int64(bitPattern: scenario.seed))"]
        lines.append("genesis = \(list(scenario.genesis))")
        lines.append("mode = \(quoted(scenario.mode.rawValue))")
        if scenario.changesAtOnce != .max { lines.append("changes-at-once = \(scenario.changesAtOnce)") }
        lines += ["", "[gossip]", "policy = \(quoted(scenario.gossip.policy.rawValue))"]
        lines += ["interval = \(scenario.gossip.interval)", "heartbeat = \(scenario.gossip.heartbeat)"]
        if scenario.gossip.connections { lines.append("connections = true") }
        lines += ["", "[link]"] + quality(scenario.link)
        for step in scenario.steps { lines += ["", "[[step]]"] + self.step(step) }
        lines += expectations(scenario.expectations) + limits(scenario.limits)
        return lines.joined(separator: "\n") + "\n"
    }

    // MARK: - Values

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    private static func quoted(_ peer: PeerID) -> String { quoted(peer.description) }

    private static func list(_ peers: [PeerID]) -> String { "[" + peers.map(quoted).joined(separator: ", ") + "]" }

    private static func voters(_ choice: VoterChoice) -> String {
        switch choice {
        case .all: "by = \"all\""
        case .count(let count): "by = \(count)"
        case .share(let range): "by = { share = [\(range.lowerBound), \(range.upperBound)] }"
        case .peers(let peers): "by = \(list(peers))"
        }
    }

    private static func quality(_ quality: LinkQuality) -> [String] {
        let delay =
            switch quality.delay {
            case .constant(let delay): "constant = \(delay)"
            case .uniform(let range): "uniform = [\(range.lowerBound), \(range.upperBound)]"
            case .poisson(let mean): "poisson = \(mean)"
            case .longTail(let least, let most): "long-tail = [\(least), \(most)]"
            }
        return [
            "delay = { \(delay) }", "loss = \(quality.loss)", "duplication = \(quality.duplication)",
            "reordering = \(quality.reordering)",
        ]
    }

    // MARK: - Steps

    private static func step(_ step: Step) -> [String] {
        var lines: [String]
        switch step {
        case .votes(let votes):
            lines = ["votes = \(votes.count)", "at = \(votes.at)"]
            if votes.every != 0 { lines.append("every = \(votes.every)") }
            if let choice = votes.by { lines.append(voters(choice)) }
            if votes.spread != 0 { lines.append("spread = \(votes.spread)") }
            if !votes.isSame { lines.append("same = false") }
            if votes.duplicates != 0 { lines.append("duplicates = \(votes.duplicates)") }
            lines.append("bytes = \(votes.bytes)")
        case .join(let join):
            lines = ["join = \(quoted(join.peer))", "at = \(join.at)"]
            if let via = join.via { lines.append("via = \(quoted(via))") }
            lines += change(join.by, join.spread)
        case .leave(let leave):
            lines = ["leave = \(quoted(leave.peer))", "at = \(leave.at)"] + change(.all, leave.spread)
        case .evict(let eviction):
            lines = ["evict = \(quoted(eviction.peer))", "at = \(eviction.at)"]
            lines += change(eviction.by, eviction.spread)
        case .fault(let fault):
            lines = ["\(what(fault.kind))", "at = \(fault.from)"]
            if let to = fault.to { lines.append("until = \(to)") }
            switch fault.kind {
            case .link(_, let quality): lines += self.quality(quality)
            case .slow(_, let factor): lines.append("factor = \(factor)")
            case .restore(_, let age): lines.append("age = \(age)")
            case .misbehave(_, let way): lines.append("how = \"\(way.rawValue)\"")
            case .partition, .cut, .crash, .fork: break
            }
        }
        return lines
    }

    private static func change(_ choice: VoterChoice, _ spread: Int) -> [String] {
        (choice == .all ? [] : [voters(choice)]) + (spread == 0 ? [] : ["spread = \(spread)"])
    }

    private static func what(_ kind: Fault.Kind) -> String {
        switch kind {
        case .partition(let groups): "partition = [" + groups.map(list).joined(separator: ", ") + "]"
        case .cut(let senders, let receivers): "cut = { from = \(list(senders)), to = \(list(receivers)) }"
        case .link(let peers, _): "link = \(list(peers))"
        case .slow(let peers, _): "slow = \(list(peers))"
        case .crash(let peers): "crash = \(list(peers))"
        case .restore(let peers, _): "restore = \(list(peers))"
        case .fork(let peer): "fork = \(quoted(peer))"
        case .misbehave(let peer, _): "misbehave = \(quoted(peer))"
        }
    }

    // MARK: - Settings

    private static func expectations(_ expectations: Expectations) -> [String] {
        var lines: [String] = []
        if !expectations.settles { lines.append("settles = false") }
        if let blocks = expectations.blocks { lines.append("blocks = \(blocks)") }
        if let members = expectations.members { lines.append("members = \(list(members))") }
        return lines.isEmpty ? [] : ["", "[expect]"] + lines
    }

    private static func limits(_ limits: ScenarioLimits) -> [String] {
        let usual = ScenarioLimits()
        var lines: [String] = []
        if let time = limits.settleWithin { lines.append("settle-within = \(time)") }
        if let time = limits.quietWithin { lines.append("quiet-within = \(time)") }
        if limits.events != usual.events { lines.append("events = \(limits.events)") }
        if limits.eventsPerMessage != usual.eventsPerMessage {
            lines.append("events-per-message = \(limits.eventsPerMessage)")
        }
        if limits.messagesUnderWay != usual.messagesUnderWay {
            lines.append("messages-under-way = \(limits.messagesUnderWay)")
        }
        return lines.isEmpty ? [] : ["", "[limits]"] + lines
    }
}
