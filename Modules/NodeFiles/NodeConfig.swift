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

    /// The most payloads that wait to be voted for.
    public var queuedPayloads = 20_000

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case key, network, store, listen, addresses, http, token, membership, log
        case exchangeInterval = "exchange-interval"
        case heartbeat
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
        queuedPayloads = try value(.queuedPayloads, queuedPayloads)
    }

    /// Reads a file, and what the environment says instead.
    public static func read(_ path: String, environment: [String: String] = ProcessInfo.processInfo.environment) throws
        -> Self
    {
        var config: NodeConfig = try TOMLFile.read(path)
        for key in CodingKeys.allCases {
            guard let text = environment[key.variable] else { continue }
            try config.set(key, to: text)
        }
        return config
    }

    /// Sets a value from a flag or a variable.
    public mutating func set(_ key: CodingKeys, to text: String) throws {
        func number<Number: LosslessStringConvertible>(_ type: Number.Type) throws -> Number {
            guard let number = Number(text) else {
                throw FileFault("\(key.variable): expected a number, found \"\(text)\"")
            }
            return number
        }
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

    public func address(_ text: String, _ key: CodingKeys) throws -> PeerAddress {
        guard let address = PeerAddress(text) else {
            throw FileFault("\(key.rawValue): expected an address such as \"127.0.0.1:7000\", found \"\(text)\"")
        }
        return address
    }

    public func settings() throws -> NodeSettings {
        var settings = NodeSettings()
        guard exchangeInterval >= 1, heartbeat >= 0.1, queuedPayloads >= 1 else {
            throw FileFault("exchange-interval, heartbeat and queued-payloads: expected positive numbers")
        }
        settings.addresses = try addresses.map { try address($0, .addresses) }
        settings.exchangeInterval = .milliseconds(exchangeInterval)
        settings.heartbeat = .seconds(heartbeat)
        settings.queuedPayloads = queuedPayloads
        return settings
    }

    public func policy() throws -> any MembershipPolicy {
        switch membership {
        case "closed": ClosedMembership()
        case "open": OpenMembership()
        default: throw FileFault("membership: expected \"closed\" or \"open\", found \"\(membership)\"")
        }
    }

    public func logLevel() throws -> Logger.Level {
        guard let level = Logger.Level(rawValue: log) else {
            throw FileFault("log: expected trace, debug, info, notice, warning, error or critical, found \"\(log)\"")
        }
        return level
    }

    public static func readToken(_ path: String) throws -> String? {
        if path.isEmpty { return nil }
        do {
            return try String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        } catch { throw FileFault("cannot read the token in \(path): \(error.localizedDescription)") }
    }
}
