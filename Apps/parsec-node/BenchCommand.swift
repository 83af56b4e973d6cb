import App
import ArgumentParser
import Consensus
import Foundation
import Identity
import Logging
import ParsecCore
import ServiceLifecycle
import SQLiteStorage
import Storage
import Synchronization
import TCPTransport
import Transport
import Voting

struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measures throughput and latency of several nodes in this process.",
        discussion: """
            The nodes have real keys, TLS over the loopback interface and SQLite on disk. Payloads come at a fixed rate, \
            however slow the nodes are; what a node refuses because its queue is full is counted. Latency is from \
            submission until the same node has stored what the block follows from, and applied it.
            """
    )

    @Option(help: "How many nodes.")
    var nodes = 4

    @Option(help: "How many payloads a second, over all nodes.")
    var rate = 1_000

    @Option(help: "For how long, in seconds.")
    var seconds = 10.0

    @Option(help: "The bytes of a payload.")
    var bytes = 250

    @Option(help: "supermajority or single.")
    var mode = "single"

    @Option(help: "The folder for the stores; by default a new one in the temporary folder.")
    var folder: String?

    @Option(help: "Milliseconds from one exchange to the next, at least.")
    var exchangeInterval = 8

    @Option(help: "The most payloads of each node that wait to be voted for, and that wait to be decided.")
    var queue = 20_000

    @Flag(help: "Keep everything in memory instead of SQLite on disk.")
    var memory = false

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard nodes >= 1, rate >= 1, seconds > 0, bytes >= 16, exchangeInterval >= 1, queue >= 1 else {
            throw ValidationError("expected at least 1 node, 1 payload a second, and payloads of 16 bytes")
        }
        guard Double(rate) * seconds <= 1e8 else { throw ValidationError("expected at most 100,000,000 payloads") }
    }

    func run() async throws {
        let folder = folder ?? NSTemporaryDirectory() + "parsec-bench-\(ProcessInfo.processInfo.processIdentifier)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var logger = Logger(label: "bench")
        logger.logLevel = .error
        let keys = (0..<nodes).map { _ in KeyPair() }
        let network = Network(genesis: keys.map(\.id), mode: mode == "single" ? .single : .supermajority)
        // Below the ports that systems give to connections of their own accord.
        let base = 12_000 + Int(ProcessInfo.processInfo.processIdentifier) % 20_000
        let members = keys.enumerated().map { number, keys in
            Candidate(
                id: keys.id,
                info: MemberInfo(addresses: [PeerAddress(host: "127.0.0.1", port: base + number)])
            )
        }
        var settings = NodeSettings()
        settings.exchangeInterval = .milliseconds(exchangeInterval)
        settings.queuedPayloads = queue
        settings.undecidedPayloads = queue
        let meter = Meter(payloads: payloadCount)
        var running: [Node] = []
        for (number, keys) in keys.enumerated() {
            let kinds = StoredForm.Kinds(digests: SHA256Digests(), signatures: .ed25519)
            let transport = try TCPTransport(
                keys,
                TCPTransport.Options(listen: PeerAddress(host: "127.0.0.1", port: base + number)),
                logger: logger
            )
            running.append(
                try await Node(
                    NodeParts(
                        cryptography: .standard(keys),
                        invitation: Invitation(network: network, members: members),
                        application: Metered(id: keys.id, meter: meter),
                        transport: transport,
                        store: memory
                            ? MemoryStore() : try SQLiteStore(path: "\(folder)/\(number).sqlite", kinds: kinds),
                        settings: settings,
                        logger: logger
                    )
                )
            )
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for node in running { group.addTask { try await node.run() } }
            for node in running {
                while await node.status.blocks == 0 { try await Task.sleep(for: .milliseconds(20)) }
            }
            try await measure(running, meter)
            group.cancelAll()
        }
    }

    /// How many payloads each node is given at a time, while it has not answered; later ones wait, as time goes on.
    private static let submittersPerNode = 16

    /// How long a submitter sleeps at least: under high loads several payloads are due when it wakes up, since a timer for each
    /// would take more time than the nodes have for some of their work.
    private static let shortestSleep = Duration.milliseconds(5)

    /// How many payloads are submitted, if none is refused.
    private var payloadCount: Int { Int(Double(rate) * seconds) }

    private func measure(_ running: [Node], _ meter: Meter) async throws {
        let usage = ResourceUsage.now
        let start = ContinuousClock.now
        let submitters = running.count * BenchCommand.submittersPerNode
        await withDiscardingTaskGroup { submissions in
            for submitter in 0..<submitters {
                submissions.addTask {
                    var wakeTime = start
                    for number in stride(from: submitter, to: payloadCount, by: submitters) {
                        let due = start + .seconds(1) * (Double(number) / Double(rate))
                        if due > .now {
                            wakeTime = max(due, wakeTime + BenchCommand.shortestSleep)
                            try? await Task.sleep(until: wakeTime)
                        }
                        var payload = (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
                        payload += [UInt8](repeating: 0x55, count: bytes - 8)
                        meter.sent(number, at: due)
                        do { try await running[number % running.count].submit(payload) } catch {
                            meter.refused(number)
                        }
                    }
                }
            }
        }
        let deadline = ContinuousClock.now + .seconds(30)
        while meter.isWaiting && ContinuousClock.now < deadline { try? await Task.sleep(for: .milliseconds(5)) }
        let spent = ResourceUsage.now.processorSeconds - usage.processorSeconds
        var events = 0
        for node in running { events = max(events, await node.status.events) }
        let outcome = meter.outcome(processorSeconds: spent, events: events)
        if json {
            print(String(decoding: try JSONEncoder().encode(outcome), as: UTF8.self))
        } else {
            print(outcome.text)
        }
    }
}

/// Tells the meter of a node's blocks as they are applied.
private struct Metered: Application {
    let id: PeerID
    let meter: Meter

    func admit(_ payload: [UInt8]) {}

    func apply(_ block: Block) -> [UInt8] {
        meter.note(block, appliedBy: id)
        return []
    }

    func snapshot() -> [UInt8]? { nil }

    func restore(_ snapshot: [UInt8]) {}
}

/// Counts payloads and their latencies.
private final class Meter: Sendable {
    private struct State {
        /// For each payload when it was due, while it is not decided; by their numbers, since this takes of the nodes' time.
        var times: [ContinuousClock.Instant?]
        var waiting = 0
        var latencies: [Double] = []
        var refused = 0
        var start: ContinuousClock.Instant?
        var last: ContinuousClock.Instant?
        var sent = 0
    }

    private let state: Mutex<State>

    /// - Parameter payloads: how many there will be.
    init(payloads: Int) { state = Mutex(State(times: Array(repeating: nil, count: payloads))) }

    /// - Parameter time: when the payload was due, however late it is.
    func sent(_ number: Int, at time: ContinuousClock.Instant) {
        state.withLock { state in
            if state.start == nil { state.start = time }
            state.times[number] = time
            state.waiting += 1
            state.sent += 1
        }
    }

    func refused(_ number: Int) {
        state.withLock { state in
            state.times[number] = nil
            state.waiting -= 1
            state.refused += 1
        }
    }

    var isWaiting: Bool { state.withLock { $0.waiting > 0 } }

    /// Notes the latency of a payload, once the node that it was submitted to has applied its block.
    func note(_ block: Block, appliedBy id: PeerID) {
        // Where one vote decides, the block says whose it is.
        guard block.voter.map({ $0 == id }) ?? block.votes.contains(where: { $0.voter == id }),
            case .opaque(let bytes) = block.observation
        else { return }
        let number = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        let now = ContinuousClock.now
        state.withLock { state in
            guard state.times.indices.contains(number), let time = state.times[number] else { return }
            state.times[number] = nil
            state.waiting -= 1
            state.latencies.append((now - time) / .milliseconds(1))
            state.last = now
        }
    }

    func outcome(processorSeconds: Double, events: Int) -> BenchOutcome {
        state.withLock { state in
            let sorted = state.latencies.sorted()
            func quantile(_ share: Double) -> Double {
                sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
            }
            var elapsed = 0.0
            if let start = state.start, let last = state.last { elapsed = (last - start) / .seconds(1) }
            return BenchOutcome(
                submitted: state.sent,
                refused: state.refused,
                decided: sorted.count,
                seconds: elapsed,
                throughput: elapsed > 0 ? Double(sorted.count) / elapsed : 0,
                median: quantile(0.5),
                late: quantile(0.99),
                most: sorted.last ?? 0,
                cores: elapsed > 0 ? processorSeconds / elapsed : 0,
                megabytes: Double(ResourceUsage.now.mostMemory) / 1e6,
                events: events
            )
        }
    }
}

/// What came of a load.
private struct BenchOutcome: Encodable {
    let submitted: Int
    let refused: Int
    let decided: Int
    let seconds: Double

    /// Payloads decided a second.
    let throughput: Double

    /// Latencies in milliseconds: the median, the 99th percentile, and the longest.
    let median: Double
    let late: Double
    let most: Double

    let cores: Double
    let megabytes: Double

    /// The events of the largest graph.
    let events: Int

    var text: String {
        func number(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
        return """
            \(submitted) payloads submitted, \(refused) refused, \(decided) decided in \(number(seconds, 2)) s: \
            \(Int(throughput)) a second
            latency: median \(number(median, 1)) ms, 99th percentile \(number(late, 1)) ms, most \(number(most, 1)) ms
            processor: \(number(cores, 1)) cores; memory at most \(Int(megabytes)) MB; \(events) events in the largest graph
            """
    }
}

/// What this process has used so far.
private struct ResourceUsage {
    let processorSeconds: Double

    /// In bytes.
    let mostMemory: Int

    /// What Linux says that this program has had in memory at most; `getrusage` counts what the process had before it
    /// became this program, too.
    private static var mostResident: Int? {
        let lines = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8).split(separator: "\n")
        let most = lines?.first { $0.hasPrefix("VmHWM") }?.split { !$0.isNumber }.last
        return most.flatMap { Int($0) }.map { $0 * 1_024 }
    }

    static var now: ResourceUsage {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return ResourceUsage(
            processorSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime),
            mostMemory: mostResident ?? usage.ru_maxrss * 1_024
        )
    }
}
