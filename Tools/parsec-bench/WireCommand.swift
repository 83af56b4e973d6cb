import ArgumentParser
import Consensus
import GossipGraph
import Identity
import ParsecCore
import Serialization
import Simulation
import Voting

/// Measures messages: bytes an event, and what encoding and decoding cost beside checking signatures.
struct WireCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wire",
        abstract: "Measures messages: bytes an event, and how long encoding and decoding take.",
        discussion: """
            Bytes are those of all messages of a network in which every peer votes for payloads of its own and gossips to \
            one after another. Times are medians, for one message of 1,000 events.
            """
    )

    @Option(help: "The seed of payloads and of who gossips to whom.")
    var seed: UInt64 = 1

    @OptionGroup var options: BenchOptions

    func run() throws {
        var report = Report()
        try LargeMessage.measure(seed: seed, options, into: &report)
        if options.json {
            try eachTraffic { report.figures += $0.figures }
            return try options.print(report)
        }
        print("Bytes an event, on average over all messages; overhead is what is neither payload nor signature")
        print("  peers  payload  content   events/message  plain  zlib  overhead plain  overhead zlib")
        try eachTraffic { print("  " + $0.row) }
        print("For a message of 1,000 events among 16 peers with payloads of 250 bytes")
        try options.print(report)
    }

    private func eachTraffic(_ body: (WireTraffic) throws -> Void) throws {
        for peers in [4, 16, 48] {
            for size in [0, 64, 250, 4_096] {
                for content in size == 0 ? [PayloadSource.Content.text] : PayloadSource.Content.allCases {
                    try body(WireTraffic(peers: peers, payload: size, content: content, seed: seed))
                }
            }
        }
    }
}

/// Payloads as applications make them.
struct PayloadSource {
    enum Content: String, CaseIterable {
        /// Records in JSON, each with other numbers.
        case text

        /// Bytes that nothing compresses.
        case random
    }

    let size: Int
    let content: Content
    var random: SeededGenerator
    var number = 0

    mutating func next() -> Observation {
        number += 1
        switch content {
        case .random: return .opaque((0..<size).map { _ in UInt8.random(in: 0...255, using: &random) })
        case .text:
            var text = "{\"id\":\(number)"
            while text.utf8.count < size {
                let key = ["account", "amount", "currency", "memo", "reference"].randomElement(using: &random) ?? ""
                text += ",\"\(key)\":\"\(Int.random(in: 0...9_999_999, using: &random))\""
            }
            return .opaque(Array(text.utf8.prefix(size)))
        }
    }
}

/// A network of engines without losses, one exchange after another.
struct BenchNetwork {
    private(set) var engines: [Engine]
    private var payloads: PayloadSource
    private var random: SeededGenerator

    /// - Parameter keys: real keys; nil for simulated ones.
    init(peers: Int, payload: Int, content: PayloadSource.Content, seed: UInt64, keys: DerivedKeys? = nil) throws {
        let names = Scenario("bench", peers: peers).genesis
        let network = Network(genesis: names, mode: .single)
        engines = try names.map { name in
            let cryptography =
                keys.map { Cryptography(digests: SHA256Digests(), signer: $0.signer(of: name), verifier: $0) }
                ?? .simulated(name)
            return try Engine(member: cryptography, of: network)
        }
        payloads = PayloadSource(size: payload, content: content, random: SeededGenerator(seed: seed &+ 1))
        random = SeededGenerator(seed: seed)
    }

    /// A peer votes for a payload, unless they are empty, and gossips to another.
    ///
    /// - Parameter peers: who takes part: the first so many.
    mutating func exchange(among peers: Int, _ message: (GossipMessage, Engine) -> Void) throws {
        let sender = Int.random(in: 0..<peers, using: &random)
        let receiver = (sender + Int.random(in: 1..<peers, using: &random)) % peers
        if payloads.size > 0 { try engines[sender].vote(for: payloads.next()) }
        let request = try engines[sender].gossip(to: engines[receiver].id)
        message(request, engines[sender])
        guard let response = try engines[receiver].receive(request, from: engines[sender].id).response else { return }
        message(response, engines[receiver])
        _ = try engines[sender].receive(response, from: engines[receiver].id)
    }

    /// Makes the next message to a peer hold so many events.
    mutating func part(of count: Int, from sender: Int, to receiver: Int) throws -> GossipMessage {
        let peer = engines[receiver].id
        try engines[sender].limitMessages(to: peer, MessageBounds(events: count, bytes: .max))
        return try engines[sender].gossip(to: peer)
    }
}

/// What goes over the wire of a network.
struct WireTraffic {
    /// What is measured of messages, in bytes an event.
    let figures: [Figure]
    let row: String

    init(peers: Int, payload: Int, content: PayloadSource.Content, seed: UInt64) throws {
        var network = try BenchNetwork(peers: peers, payload: payload, content: content, seed: seed)
        // What the first exchanges have to tell is not what a network has to tell all the time.
        for _ in 0..<10 * peers { try network.exchange(among: peers) { _, _ in } }
        var (messages, events, plain, deflated, payloads) = (0, 0, 0, 0, 0)
        for _ in 0..<20 * peers {
            try network.exchange(among: peers) { message, sender in
                messages += 1
                events += message.events.count
                plain += MessageCodec(compression: 0).encode(message, from: sender).count
                deflated += MessageCodec().encode(message, from: sender).count
                for case .opaque(let bytes) in message.events.flatMap(\.cause.observations) { payloads += bytes.count }
            }
        }
        let signatures = Signature.byteCount * events
        let name = "wire/\(peers)/\(payload)" + (payload == 0 ? "" : "/\(content.rawValue)")
        figures = [
            ("plain", plain), ("zlib", deflated), ("overhead plain", plain - payloads - signatures),
            ("overhead zlib", deflated - payloads - signatures),
        ].map { Figure("\(name)/\($0)", "bytes/event", runs: [Double($1) / Double(events)]) }
        row = Table.row(
            [
                "\(peers)", "\(payload)", payload == 0 ? "" : content.rawValue,
                Table.number(Double(events) / Double(messages), digits: 1),
            ] + figures.map { Table.number($0.median, digits: 1) },
            widths: [5, 7, 7, 15, 7, 7, 14, 14]
        )
    }
}

/// A large message, who sends it, and who knows nothing of what is in it.
struct LargeMessage {
    let sender: Engine
    let receiver: Engine
    let message: GossipMessage

    /// - Parameter keys: real keys; nil for simulated ones.
    init(peers: Int, payload: Int, seed: UInt64, keys: DerivedKeys? = nil) throws {
        var network = try BenchNetwork(peers: peers, payload: payload, content: .text, seed: seed, keys: keys)
        // The last peer hears of nothing.
        while network.engines[0].agreement.graph.count < 2_000 { try network.exchange(among: peers - 1) { _, _ in } }
        message = try network.part(of: 1_000, from: 0, to: peers - 1)
        (sender, receiver) = (network.engines[0], network.engines[peers - 1])
    }

    /// Encodes and decodes the message.
    func code() throws { _ = try MessageCodec().decode(MessageCodec().encode(message, from: sender), for: receiver) }

    /// Measures encoding and decoding, beside verifying signatures.
    static func measure(seed: UInt64 = 1, _ options: BenchOptions, into report: inout Report) throws {
        let check = try SignatureCheck.measure(options, into: &report)
        let large = try LargeMessage(peers: 16, payload: 250, seed: seed, keys: DerivedKeys(seed: seed))
        let codec = MessageCodec()
        let bytes = codec.encode(large.message, from: large.sender)
        let scale = 1e6 / Double(large.message.events.count)
        let encoding = try options.measure({}) { _ in _ = codec.encode(large.message, from: large.sender) }
        let decoding = try options.measure({}) { _ in _ = try codec.decode(bytes, for: large.receiver) }
        let both = zip(encoding, decoding).map { ($0 + $1) * scale / check }
        report.figures += [
            Figure("wire/encoding", "us/event", runs: encoding.map { $0 * scale }),
            Figure("wire/decoding", "us/event", runs: decoding.map { $0 * scale }),
            Figure("wire/both", "checks", runs: both),
        ]
    }
}

/// How results are written.
enum Table {
    static func row(_ cells: [String], widths: [Int]) -> String {
        zip(cells, widths).map { String(repeating: " ", count: max(0, $1 - $0.count)) + $0 }.joined(separator: "  ")
    }

    static func number(_ value: Double, digits: Int) -> String {
        let factor = (0..<digits).reduce(1) { product, _ in 10 * product }
        let scaled = Int((value.magnitude * Double(factor)).rounded())
        let fraction = "\(scaled % factor)"
        let text = "\(scaled / factor)" + (digits == 0 ? "" : ".")
        let zeros = String(repeating: "0", count: max(0, digits - fraction.count))
        return (value < 0 && scaled > 0 ? "-" : "") + text + (digits == 0 ? "" : zeros + fraction)
    }
}
