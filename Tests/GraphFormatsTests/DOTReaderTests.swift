import GraphFormats
import Membership
import MetaVoting
import ParsecCore
import Testing
import Voting

@Suite struct DOTReaderTests {
    @Test("A dump is read with all that it says")
    func everything() throws {
        let dump = try SampleDump.dump()
        #expect(dump.ourID == "Alice")
        #expect(dump.peers.map(\.id) == ["Alice", "Al", "Bob", "Carol"])
        #expect(dump.peers.map(\.state) == [.active, [.vote, .send], .generateKeys, []])
        #expect(dump.mode == .single)
        #expect(dump.rules == .current)
        #expect(dump.secureRandom == [1, 2, 1 << 32])
        #expect(dump.keyGenerations == [0, 255])
        #expect(dump.genesis == ["Al", "Alice"])

        // Our own events come first, as far as their parents allow.
        let names = dump.events.map { "\($0.creator) \($0.indexByCreator),\($0.forkIndex)" }
        #expect(names == ["Alice 0,0", "Alice 1,0", "Al 0,0", "Al 1,0", "Al 1,1", "Alice 2,0", "Bob 0,0", "Bob 1,0"])
        #expect(dump.events.map(\.selfParent) == [nil, 0, nil, 2, 2, 1, nil, 6])
        #expect(dump.events.map(\.otherParent) == [nil, nil, nil, nil, nil, 4, nil, 5])
        #expect(
            dump.events[1].cause
                == .observation([.genesis(group: ["Al", "Alice"]), .add("Dave", info: [1, 2]), .opaque("x")])
        )
        #expect(dump.events[3].cause == .requesting(recipient: "Alice"))
        #expect(
            dump.observations(of: 4) == [.accusation(offender: "Bob", .accomplice("Ali_0", .fork("Al_0")))]
        )
        #expect(dump.events[7].cause == .request)
        #expect(dump.events[7].lastAncestors.map(\.indexByCreator) == [1, 2, 1])

        let election = dump.election
        #expect(election.history.count == 1)
        #expect(election.interestingEvents == [.init(peer: "Alice", events: [5])])
        #expect(election.voters == ["Al", "Alice"])
        #expect(election.undecidedEvents == [4, 1])
        let meta = try #require(election.metaEvents.first)
        #expect(meta.event == 5)
        #expect(meta.observees == ["Al", "Alice"])
        #expect(meta.interestingContent.last == .keyGeneration(.acknowledgement, number: 7, message: nil))
        #expect(meta.metaVotes.map(\.peer) == ["Al", "Alice"])
        let undecided = MetaVote.Value.undecided(estimates: .both, binValues: .justFalse, auxiliary: false)
        #expect(meta.metaVotes[0].votes.map(\.value) == [undecided, .decided(false)])
        #expect(meta.metaVotes[0].votes.map(\.stage.description) == ["0/0", "0/1"])
    }

    @Test("A dump that names no mode and no rules is of supermajority mode, by unknown rules")
    func defaults() throws {
        let text = SampleDump.text.replacingLine("/// consensus_mode: Single", with: nil)
            .replacingLine("/// rules: current", with: nil)
        let dump = try DOTReader.read(Array(text.utf8))
        #expect(dump.mode == .supermajority)
        #expect(dump.rules == nil)
    }

    /// A change of a line of the sample, and the column where the reader stops and what it expects there; where that is
    /// not on the changed line, the line as well.
    private static let faults: [(line: String, with: String?, error: (Int?, Int, String))] = [
        ("/// our_id: Alice", "/// id: Alice", (nil, 5, "\"our_id: \"")),
        ("/// our_id: Alice", "/// our_id: -", (nil, 13, "the name of a peer")),
        ("/// our_id: Alice", "/// our_id: Eve", (8, 1, "a list of peers with our own, Eve, in it")),
        ("///   Bob: PeerState(DKG)", "///   Bob: PeerState(KEY)", (nil, 22, "VOTE, DKG, SEND or RECV")),
        ("///   Bob: PeerState(DKG)", "///   Al: PeerState(DKG)", (nil, 7, "each peer once")),
        ("/// consensus_mode: Single", "/// consensus_mode: Both", (nil, 21, "\"Single\" or \"Supermajority\"")),
        ("/// rules: current", "/// rules: mine", (nil, 12, "\"reference\" or \"current\"")),
        ("/// rules: current", "/// role: x", (nil, 5, "consensus_mode, rules, secure_rng or key_gens_and_next_id")),
        ("/// key_gens_and_next_id: [0, 255]", "/// key_gens_and_next_id: [0, 256]", (nil, 31, "a number up to 255")),
        ("  subgraph cluster_Bob {", "  subgraph cluster_Eve {", (nil, 20, "a peer of the list of peers")),
        (
            "    \"Ali_0\" -> \"Ali_1\" [minlen=1]", "    \"Ali_5\" -> \"Ali_1\" [minlen=1]",
            (nil, 6, "an earlier event of Alice")
        ),
        (
            "    \"Ali_0\" -> \"Ali_1\" [minlen=1]", "    \"Ali_0\" -> \"Ali_0\" [minlen=1]",
            (nil, 17, "each event once")
        ),
        (
            "    \"Ali_0\" -> \"Ali_1\" [minlen=1]", "    \"Ali_0\" -> \"Ali_7\" [minlen=1]",
            (nil, 17, "the index after the self-parent's, 1")
        ),
        (
            "    \"Ali_0\" -> \"Ali_1\" [minlen=1]", "    \"Ali_0\" -> \"Ali_x\" [minlen=1]",
            (nil, 17, "the name of an event such as A_2 or A_2,1")
        ),
        (
            "  \"Al_1,1\" -> \"Ali_2\" [constraint=false]", "  \"Al_9\" -> \"Ali_2\" [constraint=false]",
            (nil, 4, "an edge between events of the clusters")
        ),
        (
            "  \"Al_1,1\" -> \"Ali_2\" [constraint=false]", "  \"Bob_1\" -> \"Ali_2\" [constraint=false]",
            (22, 17, "events whose parents come before them; the one named here has none such")
        ),
        ("/// ===== details of events =====", "/// ===== events =====", (nil, 1, "\"/// ===== details of events\"")),
        (
            "/// cause: Requesting(Alice)", "/// cause: Request",
            (nil, 12, "a cause without an other-parent, as the graph has none")
        ),
        (
            "/// cause: Response", "/// cause: Initial",
            (nil, 12, "Request or Response, as there is an other-parent")
        ),
        (
            "/// cause: Requesting(Alice)", "/// cause: Asking(Alice)",
            (nil, 12, "Initial, Requesting, Request, Response or Observation")
        ),
        ("/// last_ancestors: {Alice: 0}", "/// last_ancestors: {Alice 0}", (nil, 27, "\": \"")),
        (
            "/// 181acff73711013c5df11e21c5edd964e180a3e02896ba627983aebc0651e1dd", "/// 181acff7",
            (nil, 5, "64 hexadecimal digits")
        ),
        ("///   Alice -> [\"Ali_2\"]", "///   Alice -> [\"Ali_9\"]", (nil, 18, "an event of the graph")),
        (
            "///       Ali: 0/0   t   -   -   - ", "///       Zoe: 0/0   t   -   -   - ",
            (nil, 11, "the short name of a peer")
        ),
        ("///       Ali: 0/0   t   -   -   - ", "///       Ali: 0/3   t   -   -   - ", (nil, 18, "a number up to 2")),
        ("///       Ali: 0/0   t   -   -   - ", "///       Ali: 0/0   x   -   -   - ", (nil, 22, "-, t, f or b")),
    ]

    @Test("What is wrong in a file is said with line, column and what was expected", arguments: faults.indices)
    func malformed(_ number: Int) {
        let (line, replacement, expected) = DOTReaderTests.faults[number]
        let text = SampleDump.text.replacingLine(line, with: replacement)
        #expect(text != SampleDump.text)
        let error = #expect(throws: DOTError.self) { try DOTReader.read(Array(text.utf8)) }
        let lines = SampleDump.text.split(separator: "\n", omittingEmptySubsequences: false)
        let changed = (lines.firstIndex { $0 == line } ?? -1) + 1
        #expect(error?.line == expected.0 ?? changed)
        #expect(error?.column == expected.1)
        #expect(error?.expected == expected.2)
    }

    @Test("A file that ends too early, anywhere, is refused at its end or before")
    func truncated() throws {
        let bytes = Array(SampleDump.text.utf8)
        // The last line is the closing brace of a list, of which only the brace itself is needed.
        for count in 0..<bytes.count - 2 {
            let error = #expect(throws: DOTError.self) { try DOTReader.read(Array(bytes[..<count])) }
            let lines = bytes[..<count].count { $0 == UInt8(ascii: "\n") } + 1
            #expect(error.map { (1...lines).contains($0.line) } == true)
        }
    }

    @Test("A file that exceeds a bound is refused, and the error names the bound")
    func limits() {
        func expected(_ change: (inout DOTReader.Limits) -> Void) -> String {
            var limits = DOTReader.Limits()
            change(&limits)
            do {
                _ = try DOTReader.read(Array(SampleDump.text.utf8), limits: limits)
                return "nothing"
            } catch {
                return error.expected
            }
        }
        #expect(expected { $0.fileBytes = 1_000 } == "at most 1000 bytes (limit fileBytes)")
        #expect(expected { $0.peers = 3 } == "at most 3 peers (limit peers)")
        #expect(expected { $0.events = 7 } == "at most 7 events (limit events)")
        #expect(expected { $0.accomplices = 0 } == "at most 0 accomplices (limit accomplices)")
        #expect(expected { $0.accomplices = 1 } == "nothing")
    }

    @Test("Whatever bytes a file consists of, reading ends with a dump or an error; what is read is written the same")
    func mutations() throws {
        var random = SampleGenerator(state: 7)
        let original = Array(SampleDump.text.utf8)
        var read = 0
        for _ in 0..<3_000 {
            var bytes = original
            for _ in 0...Int.random(in: 0..<3, using: &random) {
                let place = Int.random(in: bytes.indices, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(bytes[Int.random(in: bytes.indices, using: &random)], at: place)
                default:
                    // Whole lines are swapped or lost, too.
                    let end = bytes[place...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count - 1
                    bytes.removeSubrange(place...end)
                }
            }
            do {
                let dump = try DOTReader.read(bytes)
                read += 1
                let again = try DOTReader.read(Array(DOTWriter.write(dump).utf8))
                #expect(again.events.count == dump.events.count)
            } catch {
                let lines = bytes.count { $0 == UInt8(ascii: "\n") } + 1
                #expect((1...lines).contains(error.line) && error.column > 0)
            }
        }
        #expect(read > 100, "many changes do no harm: \(read)")
    }
}

/// A small generator of its own, so that the mutations are the same for ever.
struct SampleGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ state >> 29
    }
}

extension String {
    /// The text with its first line that is the given one replaced, or left out.
    func replacingLine(_ line: String, with replacement: String?) -> String {
        var lines = split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard let place = lines.firstIndex(of: line) else { return self }
        if let replacement { lines[place] = replacement } else { lines.remove(at: place) }
        return lines.joined(separator: "\n")
    }
}
