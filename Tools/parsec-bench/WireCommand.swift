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

    func run() throws {
        print("Bytes an event, on average over all messages; overhead is what is neither payload nor signature")
        print("  peers  payload  content   events/message  plain  zlib  overhead plain  overhead zlib")
        for peers in [4, 16, 48] {
            for size in [0, 64, 250, 4_096] {
                for content in size == 0 ? [PayloadSource.Content.text] : PayloadSource.Content.allCases {
                    let traffic = try WireTraffic(peers: peers, payload: size, content: content, seed: seed)
                    print("  " + traffic.row)
                }
            }
        }
        print("Microseconds an event, for a message of 1,000 events among 16 peers with payloads of 250 bytes")
        print("  " + (try WireTimes(peers: 16, payload: 250, seed: seed).row))
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
        func each(_ count: Int) -> String { Table.number(Double(count) / Double(events), digits: 1) }
        let signatures = Signature.byteCount * events
        row = Table.row(
            [
                "\(peers)", "\(payload)", payload == 0 ? "" : content.rawValue,
                Table.number(Double(events) / Double(messages), digits: 1), each(plain), each(deflated),
                each(plain - payloads - signatures), each(deflated - payloads - signatures),
            ],
            widths: [5, 7, 7, 15, 7, 7, 14, 14]
        )
    }
}

/// How long it takes to encode, decode and verify a message.
struct WireTimes {
    let row: String

    init(peers: Int, payload: Int, seed: UInt64) throws {
        let keys = DerivedKeys(seed: seed)
        var network = try BenchNetwork(peers: peers, payload: payload, content: .text, seed: seed, keys: keys)
        // The last peer hears of nothing.
        while network.engines[0].agreement.graph.count < 2_000 { try network.exchange(among: peers - 1) { _, _ in } }
        let message = try network.part(of: 1_000, from: 0, to: peers - 1)
        let (sender, receiver) = (network.engines[0], network.engines[peers - 1])
        let codec = MessageCodec()
        let bytes = codec.encode(message, from: sender)
        let count = Double(message.events.count)
        let encoding = Table.median { _ = codec.encode(message, from: sender) } / count
        let decoding = Table.median { _ = try? codec.decode(bytes, for: receiver) } / count
        // A signature of the same keys over the same number of bytes; each is checked alone, on one core.
        let digest = SHA256Digests().digest([1])
        let signature = keys.signer(of: sender.id).sign(digest)
        let verifying =
            Table.median {
                for _ in 0..<100 { _ = keys.isValid(signature, of: digest, by: sender.id) }
            } / 100
        let share = (encoding + decoding) / verifying
        row =
            "encoding \(Table.number(encoding, digits: 2)), decoding \(Table.number(decoding, digits: 2)), verifying "
            + "\(Table.number(verifying, digits: 2)): encoding and decoding take \(Table.number(100 * share, digits: 1)) % of "
            + "verifying"
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

    /// The median time of several runs, in microseconds.
    static func median(_ body: () -> Void) -> Double {
        let clock = ContinuousClock()
        let times = (0..<15).map { _ in clock.measure(body) / .microseconds(1) }.sorted()
        return times[times.count / 2]
    }
}
