import ParsecCore
public import Simulation
import Voting

/// Reads scenarios from TOML files; `docs/scenarios.md` lists the keys.
public enum ScenarioReader {
    /// The most bytes that a file may have.
    public static let mostBytes = 1 << 20

    /// Reads a scenario.
    ///
    /// - Throws: ``ScenarioFileError`` with line and key, also if the scenario as a whole cannot be run.
    public static func read(_ bytes: [UInt8]) throws(ScenarioFileError) -> Scenario {
        guard bytes.count <= mostBytes else {
            let message = "the file has \(bytes.count) bytes, at most \(mostBytes) are read"
            throw ScenarioFileError(line: nil, key: nil, message: message)
        }
        guard let text = String(validating: bytes, as: UTF8.self), !text.contains("\0") else {
            throw ScenarioFileError(line: nil, key: nil, message: "expected text in UTF-8 without zero bytes")
        }
        let file = try FileTable(document: text)
        let scenario = try scenario(file)
        do { try scenario.check() } catch { throw located(error, file) }
        return scenario
    }

    private static func scenario(_ file: FileTable) throws(ScenarioFileError) -> Scenario {
        try file.allow([
            "name", "seed", "peers", "genesis", "mode", "changes-at-once", "gossip", "link", "step", "expect", "limits",
        ])
        var scenario = Scenario(try file.string("name") ?? "scenario", genesis: [])
        switch (try file.integer("peers"), try file.peers("genesis")) {
        case (let count?, nil):
            guard (1...Scenario.mostPeers).contains(count) else {
                throw file.error("peers", "expected a number from 1 to \(Scenario.mostPeers), found \(count)")
            }
            scenario = Scenario(scenario.name, peers: count)
        case (nil, let genesis?): scenario.genesis = genesis
        case (.some, .some): throw file.error("genesis", "expected either peers or genesis, found both")
        case (nil, nil): throw file.error(nil, "expected peers, a number, or genesis, an array of names")
        }
        if let seed = try file.integer("seed") { scenario.seed = UInt64(bitPattern: Int64(seed)) }
        if let mode = try file.choice("mode", of: ConsensusMode.self) { scenario.mode = mode }
        if let count = try file.integer("changes-at-once") { scenario.changesAtOnce = count }
        if let table = try file.table("gossip") { scenario.gossip = try gossip(table) }
        if let table = try file.table("link") {
            try table.allow(qualityKeys)
            scenario.link = try quality(table, scenario.link)
        }
        for table in try file.tables("step") { scenario.steps.append(try step(table, scenario.link)) }
        if let table = try file.table("expect") { scenario.expectations = try expectations(table) }
        if let table = try file.table("limits") { scenario.limits = try limits(table) }
        return scenario
    }

    /// Says where in the file stands what is wrong with the scenario.
    private static func located(_ error: ScenarioError, _ file: FileTable) -> ScenarioFileError {
        let key: String?
        let message: String
        switch error {
        case .outOfRange(let name, let value, let expected, _):
            key = name
            message = "expected \(expected), found \(value)"
        case .endsTooEarly(let from, let to, _):
            key = "until"
            message = "expected a time after \(from), when it begins, found \(to)"
        case .neverEnds:
            key = "until"
            message = "expected when the fault ends, in milliseconds"
        case .noPeers, .tooManyPeers, .namedTwice, .unknownPeer, .badName:
            key = nil
            message = "\(error)"
        }
        guard let step = error.step else {
            // The quality of links without faults is the only part of a scenario whose keys do not tell their table.
            return file.error(key.map { qualityKeys.contains($0) ? "link.\($0)" : $0 }, message)
        }
        return file.error("step[\(step)]" + (key.map { ".\($0)" } ?? ""), message)
    }

    // MARK: - Settings

    private static func gossip(_ table: FileTable) throws(ScenarioFileError) -> GossipSettings {
        try table.allow(["policy", "interval", "heartbeat", "connections"])
        var settings = GossipSettings()
        if let policy = try table.choice("policy", of: GossipSettings.Policy.self) { settings.policy = policy }
        if let interval = try table.integer("interval") { settings.interval = interval }
        if let heartbeat = try table.integer("heartbeat") { settings.heartbeat = heartbeat }
        if let connections = try table.boolean("connections") { settings.connections = connections }
        return settings
    }

    private static func expectations(_ table: FileTable) throws(ScenarioFileError) -> Expectations {
        try table.allow(["settles", "blocks", "members"])
        var expectations = Expectations()
        if let settles = try table.boolean("settles") { expectations.settles = settles }
        expectations.blocks = try table.integer("blocks")
        expectations.members = try table.peers("members")
        return expectations
    }

    private static func limits(_ table: FileTable) throws(ScenarioFileError) -> ScenarioLimits {
        try table.allow(["settle-within", "quiet-within", "events", "events-per-message", "messages-under-way"])
        var limits = ScenarioLimits()
        limits.settleWithin = try table.integer("settle-within")
        limits.quietWithin = try table.integer("quiet-within")
        if let count = try table.integer("events") { limits.events = count }
        if let count = try table.integer("events-per-message") { limits.eventsPerMessage = count }
        if let count = try table.integer("messages-under-way") { limits.messagesUnderWay = count }
        return limits
    }

    private static let qualityKeys = ["delay", "loss", "duplication", "reordering"]

    private static func quality(_ table: FileTable, _ usual: LinkQuality) throws(ScenarioFileError) -> LinkQuality {
        var quality = usual
        if let delay = try table.table("delay") { quality.delay = try distribution(delay) }
        if let loss = try table.number("loss") { quality.loss = loss }
        if let duplication = try table.number("duplication") { quality.duplication = duplication }
        if let reordering = try table.number("reordering") { quality.reordering = reordering }
        return quality
    }

    private static func distribution(_ table: FileTable) throws(ScenarioFileError) -> DelayDistribution {
        let keys = ["constant", "uniform", "poisson", "long-tail"]
        try table.allow(keys)
        let found = keys.filter(table.has)
        guard found.count == 1 else {
            throw table.error(nil, "expected one of \(keys.joined(separator: ", ")), found \(found.count)")
        }
        if let delay = try table.integer("constant") { return .constant(delay) }
        if let mean = try table.number("poisson") { return .poisson(mean: mean) }
        let (least, most) = try times(found[0], table)
        return found[0] == "uniform" ? .uniform(least...most) : .longTail(least: least, most: most)
    }

    /// Two times, the least and the most.
    private static func times(_ key: String, _ table: FileTable) throws(ScenarioFileError) -> (Int, Int) {
        let numbers = try table.numbers(key) ?? []
        guard numbers.count == 2, numbers[0] <= numbers[1],
            let least = Int(exactly: numbers[0]), let most = Int(exactly: numbers[1])
        else { throw table.error(key, "expected two whole numbers of milliseconds, the least and the most") }
        return (least, most)
    }

    // MARK: - Steps

    private static let kinds = [
        "votes", "join", "leave", "evict", "partition", "cut", "link", "slow", "crash", "restore", "fork", "misbehave",
    ]

    private static func step(_ table: FileTable, _ usual: LinkQuality) throws(ScenarioFileError) -> Step {
        let found = kinds.filter(table.has)
        guard found.count == 1 else {
            let list = kinds.joined(separator: ", ")
            throw table.error(nil, "expected one of the keys \(list), found \(found.count) of them")
        }
        guard let at = try table.integer("at") else {
            throw table.error(nil, "expected the key at, when the step begins in milliseconds")
        }
        switch found[0] {
        case "votes": return .votes(try votes(table, at))
        case "join":
            try table.allow(["join", "at", "via", "by", "spread"])
            return .join(
                try required(table.peer("join"), "join", table),
                at: at,
                via: try table.peer("via"),
                by: try voters(table) ?? .all,
                spread: try table.integer("spread") ?? 0
            )
        case "leave":
            try table.allow(["leave", "at", "spread"])
            let peer = try required(table.peer("leave"), "leave", table)
            return .leave(peer, at: at, spread: try table.integer("spread") ?? 0)
        case "evict":
            try table.allow(["evict", "at", "by", "spread"])
            return .evict(
                try required(table.peer("evict"), "evict", table),
                at: at,
                by: try voters(table) ?? .all,
                spread: try table.integer("spread") ?? 0
            )
        default: return .fault(try fault(found[0], table, at, usual))
        }
    }

    private static func required<Value>(
        _ value: Value?,
        _ key: String,
        _ table: FileTable
    ) throws(ScenarioFileError) -> Value {
        guard let value else { throw table.error(key, "expected a value") }
        return value
    }

    private static func votes(_ table: FileTable, _ at: Int) throws(ScenarioFileError) -> Votes {
        try table.allow(["votes", "at", "every", "by", "spread", "same", "duplicates", "bytes"])
        var votes = Votes()
        votes.at = at
        votes.count = try table.integer("votes") ?? 1
        votes.every = try table.integer("every") ?? 0
        votes.by = try voters(table)
        votes.spread = try table.integer("spread") ?? 0
        votes.isSame = try table.boolean("same") ?? true
        votes.duplicates = try table.number("duplicates") ?? 0
        votes.bytes = try table.integer("bytes") ?? votes.bytes
        return votes
    }

    /// `"all"`, a number, an array of names, or a table with a share.
    private static func voters(_ table: FileTable) throws(ScenarioFileError) -> VoterChoice? {
        guard table.has("by") else { return nil }
        if let count = try? table.integer("by") { return .count(count) }
        if let text = try? table.string("by"), text == "all" { return .all }
        if let names = try? table.peers("by"), (try? table.string("by")) == nil { return .peers(names) }
        if let inner = try? table.table("by") {
            try inner.allow(["share"])
            let share = try inner.numbers("share") ?? []
            guard share.count == 2, share[0] <= share[1] else {
                throw inner.error("share", "expected two numbers from 0 to 1, the least and the most")
            }
            return .share(share[0]...share[1])
        }
        throw table.error("by", "expected \"all\", a number, an array of names, or { share = [least, most] }")
    }

    private static func fault(
        _ kind: String,
        _ table: FileTable,
        _ at: Int,
        _ usual: LinkQuality
    ) throws(ScenarioFileError) -> Fault {
        let until = try table.integer("until")
        func check(_ keys: [String] = [], endsAlways: Bool = true) throws(ScenarioFileError) {
            try table.allow([kind, "at", "until"] + keys)
            if endsAlways && until == nil {
                throw table.error(nil, "expected the key until, when it ends in milliseconds")
            }
        }
        func peers() throws(ScenarioFileError) -> [PeerID] { try required(table.peers(kind), kind, table) }
        switch kind {
        case "partition":
            try check()
            return Fault(.partition(try required(table.groups(kind), kind, table)), from: at, to: until)
        case "cut":
            try check()
            guard let inner = try table.table(kind) else { throw table.error(kind, "expected a table") }
            try inner.allow(["from", "to"])
            let senders = try required(inner.peers("from"), "from", inner)
            let receivers = try required(inner.peers("to"), "to", inner)
            return Fault(.cut(from: senders, to: receivers), from: at, to: until)
        case "link":
            try check(qualityKeys, endsAlways: false)
            return Fault(.link(try peers(), try quality(table, usual)), from: at, to: until)
        case "slow":
            try check(["factor"], endsAlways: false)
            guard let factor = try table.integer("factor") else {
                throw table.error(nil, "expected the key factor, how many times as long everything takes")
            }
            return Fault(.slow(try peers(), factor: factor), from: at, to: until)
        case "crash":
            try check(endsAlways: false)
            return Fault(.crash(try peers()), from: at, to: until)
        case "restore":
            try check(["age"])
            guard let age = try table.integer("age") else {
                throw table.error(nil, "expected the key age, how old the copy is in milliseconds")
            }
            return Fault(.restore(try peers(), age: age), from: at, to: until)
        case "misbehave":
            try table.allow([kind, "at", "how"])
            let names = Misbehaviour.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: " or ")
            guard let how = try table.string("how"), let way = Misbehaviour(rawValue: how) else {
                throw table.error("how", "expected \(names)")
            }
            return Fault(.misbehave(try required(table.peer(kind), kind, table), way), from: at)
        default:
            try table.allow([kind, "at"])
            return Fault(.fork(try required(table.peer(kind), kind, table)), from: at)
        }
    }
}
