public import App
public import Foundation
public import Logging
public import Transport

/// A node's configuration: a file, overridden by the environment, overridden by flags.
public struct NodeConfig: Codable, Sendable {
    /// The file with the node's key.
    public var key = "node.key"

    /// The file that says which network it is.
    public var network = "network.toml"

    /// The file of the store; empty to keep everything in memory.
    public var store = "node.sqlite"

    /// Where other nodes are taken in.
    public var listen = "0.0.0.0:7000"

    /// Where others find this node, as it says when it joins.
    public var addresses: [String] = []

    /// Where HTTP requests are answered; empty for nowhere.
    public var http = "127.0.0.1:8000"

    /// The file with the token that changes over HTTP take; empty for none.
    public var token = ""

    /// Who is voted in: `closed` (operators say so) or `open` (whoever asks).
    public var membership = "closed"

    /// trace, debug, info, notice, warning, error or critical.
    public var log = "info"

    /// Milliseconds from one exchange to the next at least.
    public var exchangeInterval = 8

    /// Seconds from one heartbeat to the next.
    public var heartbeat = 5.0

    /// Seconds of silence after which this node votes to remove a member; 0 for never.
    public var evictAfter = 0.0

    /// The most payloads that wait to be voted for.
    public var queuedPayloads = 20_000

    /// Where a value was said, if it is not the default: a line of the file, a variable or a flag.
    private var origins: [CodingKeys: String] = [:]

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case key, network, store, listen, addresses, http, token, membership, log
        case exchangeInterval = "exchange-interval"
        case heartbeat
        case evictAfter = "evict-after"
        case queuedPayloads = "queued-payloads"

        /// The comment above the setting.
        var comment: String {
            switch self {
            case .key: "The file with the node's key (parsec-node keygen); only its owner may read it."
            case .network: "The file that says which network this is."
            case .store: "The file of the store; \"\" keeps everything in memory, and forgets it."
            case .listen: "Where other nodes connect; port 0 takes any that is free."
            case .addresses: "Where others find this node, as it tells them when it joins."
            case .http: "Where HTTP requests are answered; \"\" for nowhere. Whoever reaches it can read."
            case .token: "The file with the token that changes over HTTP take; \"\" for none."
            case .membership: "Who gets this node's vote: \"closed\" (operators say who) or \"open\" (whoever asks)."
            case .log: "trace, debug, info, notice, warning, error or critical."
            case .exchangeInterval: "Milliseconds from one exchange with other nodes to the next, at least."
            case .heartbeat: "Seconds from one heartbeat of a node at rest to the next."
            case .evictAfter: "Seconds of silence after which this node votes to remove a member; 0 for never."
            case .queuedPayloads: "The most payloads that wait to be voted for; more are refused."
            }
        }

        var variable: String { "PARSEC_" + rawValue.uppercased().replacing("-", with: "_") }
    }

    public init() {}

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        func value<Value: Decodable>(_ key: CodingKeys, _ other: Value) throws -> Value {
            try values.decodeIfPresent(Value.self, forKey: key) ?? other
        }
        key = try value(.key, key)
        network = try value(.network, network)
        store = try value(.store, store)
        listen = try value(.listen, listen)
        addresses = try value(.addresses, addresses)
        http = try value(.http, http)
        token = try value(.token, token)
        membership = try value(.membership, membership)
        log = try value(.log, log)
        exchangeInterval = try value(.exchangeInterval, exchangeInterval)
        heartbeat = try value(.heartbeat, heartbeat)
        evictAfter = try value(.evictAfter, evictAfter)
        queuedPayloads = try value(.queuedPayloads, queuedPayloads)
        for key in try decoder.container(keyedBy: AnyKey.self).allKeys
        where CodingKeys(stringValue: key.stringValue) == nil {
            let text = "there is no such setting; parsec-node config default shows all that there are"
            throw DecodingError.dataCorrupted(.init(codingPath: [key], debugDescription: text))
        }
    }

    private struct AnyKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// Reads a file, and what the environment says instead.
    public static func read(_ path: String, environment: [String: String] = ProcessInfo.processInfo.environment) throws
        -> Self
    {
        let file = try TOMLFile.text(path)
        var config: NodeConfig = try TOMLFile.decode(file, path)
        for key in CodingKeys.allCases {
            let line = TOMLFile.line(of: key.rawValue, in: file)
            config.origins[key] = line.map { "\(path): line \($0): \(key.rawValue)" }
            guard let text = environment[key.variable] else { continue }
            try config.set(key, to: text, by: key.variable)
        }
        return config
    }

    /// Sets a value.
    ///
    /// - Parameter origin: the variable or flag that says so, as faults name it.
    public mutating func set(_ key: CodingKeys, to text: String, by origin: String) throws {
        func number<Number: LosslessStringConvertible>(_ type: Number.Type) throws -> Number {
            guard let number = Number(text) else {
                throw FileFault("\(origin): expected a number, found \"\(text)\"")
            }
            return number
        }
        origins[key] = origin
        switch key {
        case .key: self.key = text
        case .network: network = text
        case .store: store = text
        case .listen: listen = text
        case .addresses: addresses = text.split(separator: ",").map(String.init)
        case .http: http = text
        case .token: token = text
        case .membership: membership = text
        case .log: log = text
        case .exchangeInterval: exchangeInterval = try number(Int.self)
        case .heartbeat: heartbeat = try number(Double.self)
        case .evictAfter: evictAfter = try number(Double.self)
        case .queuedPayloads: queuedPayloads = try number(Int.self)
        }
    }

    /// The configuration as a file with its comments.
    public var text: String {
        func quoted(_ text: String) -> String {
            "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
        }
        return CodingKeys.allCases.map { key in
            let value =
                switch key {
                case .key: quoted(self.key)
                case .network: quoted(network)
                case .store: quoted(store)
                case .listen: quoted(listen)
                case .addresses: "[" + addresses.map(quoted).joined(separator: ", ") + "]"
                case .http: quoted(http)
                case .token: quoted(token)
                case .membership: quoted(membership)
                case .log: quoted(log)
                case .exchangeInterval: "\(exchangeInterval)"
                case .heartbeat: "\(heartbeat)"
                case .evictAfter: "\(evictAfter)"
                case .queuedPayloads: "\(queuedPayloads)"
                }
            return "# \(key.comment)\n\(key.rawValue) = \(value)\n"
        }
        .joined(separator: "\n")
    }

    // MARK: - What it means

    /// A path of the configuration, as seen from the folder of its file.
    public static func resolve(_ path: String, beside file: String) -> String {
        path.hasPrefix("/") || path.isEmpty
            ? path : URL(filePath: file).deletingLastPathComponent().appending(path: path).path
    }

    /// What is wrong with a value, and where it was said.
    private func fault(_ key: CodingKeys, _ text: String) -> FileFault {
        FileFault("\(origins[key] ?? key.rawValue): \(text)")
    }

    public func address(_ text: String, _ key: CodingKeys) throws -> PeerAddress {
        guard let address = PeerAddress(text) else {
            throw fault(key, "expected an address such as \"127.0.0.1:7000\", found \"\(text)\"")
        }
        return address
    }

    /// Checks that a value lies within what makes sense.
    private func check<Value: Comparable>(_ key: CodingKeys, _ value: Value, _ range: ClosedRange<Value>) throws {
        guard range.contains(value) else {
            throw fault(key, "expected \(range.lowerBound) to \(range.upperBound), found \(value)")
        }
    }

    public func settings() throws -> NodeSettings {
        var settings = NodeSettings()
        try check(.exchangeInterval, exchangeInterval, 1...60_000)
        try check(.heartbeat, heartbeat, 0.1...3_600)
        try check(.queuedPayloads, queuedPayloads, 1...10_000_000)
        guard evictAfter == 0 || (10 * heartbeat...1e9).contains(evictAfter) else {
            throw fault(.evictAfter, "expected 0, or at least ten heartbeats: members at rest say little")
        }
        settings.addresses = try addresses.map { try address($0, .addresses) }
        settings.exchangeInterval = .milliseconds(exchangeInterval)
        settings.heartbeat = .seconds(heartbeat)
        settings.queuedPayloads = queuedPayloads
        settings.evictAfter = evictAfter == 0 ? nil : .seconds(evictAfter)
        return settings
    }

    /// Where HTTP requests are answered; nil for nowhere.
    ///
    /// - Throws: ``FileFault``, also if other machines could change something without a token.
    public func httpAddress() throws -> PeerAddress? {
        guard !http.isEmpty else { return nil }
        let address = try address(http, .http)
        guard !token.isEmpty || address.host == "localhost" || address.host == "::1" || address.host.hasPrefix("127.")
        else {
            throw fault(.http, "other machines reach \(http), so that changes have to take a token: name its file")
        }
        return address
    }

    public func policy() throws -> any MembershipPolicy {
        switch membership {
        case "closed": ClosedMembership()
        case "open": OpenMembership()
        default: throw fault(.membership, "expected \"closed\" or \"open\", found \"\(membership)\"")
        }
    }

    public func logLevel() throws -> Logger.Level {
        guard let level = Logger.Level(rawValue: log) else {
            throw fault(.log, "expected trace, debug, info, notice, warning, error or critical, found \"\(log)\"")
        }
        return level
    }

    public static func readToken(_ path: String) throws -> String? {
        if path.isEmpty { return nil }
        let token: String
        do {
            token = try String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        } catch { throw FileFault("cannot read the token in \(path): \(error.localizedDescription)") }
        guard !token.isEmpty else { throw FileFault("\(path) holds no token; write a long random word into it") }
        return token
    }
}
