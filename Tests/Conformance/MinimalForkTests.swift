import Consensus
import Foundation
import GossipGraph
import Membership
import MetaVoting
import ParsecCore
import Testing
import Voting

/// A graph of 21 events that tells rules that depend on the order of arrival from those that do not.
@Suite(.enabled(if: Recording.minimalFork != nil, "the forked graph is not here"))
struct MinimalForkTests {
    private struct File: Decodable {
        struct Event: Decodable {
            let creator: String
            let cause: String
            let arg: String?
            let sp: Int?
            let op: Int?
        }

        let mode: String
        let genesis: [String]
        let events: [Event]
        let firstOrder: [Int]
        let secondOrder: [Int]

        private enum CodingKeys: String, CodingKey {
            case mode, genesis, events
            case firstOrder = "order_a"
            case secondOrder = "order_b"
        }
    }

    @Test("Under the current rules both orders decide the same, under the reference's they do not")
    func orders() throws {
        let path = try #require(Recording.minimalFork)
        let file = try JSONDecoder().decode(File.self, from: Data(contentsOf: path))
        let first = try payloads(file, order: file.firstOrder, rules: .current)
        #expect(try payloads(file, order: file.secondOrder, rules: .current) == first)
        #expect(!first.isEmpty)
        let before = try payloads(file, order: file.firstOrder, rules: .reference)
        #expect(try payloads(file, order: file.secondOrder, rules: .reference) != before)
    }

    private func payloads(_ file: File, order: [Int], rules: ProtocolRules) throws -> [[Observation]] {
        var agreement = Agreement(
            peers: PeerList(genesis: file.genesis.map { PeerID($0) }, rule: rules.membership),
            mode: file.mode == "Single" ? .single : .supermajority,
            rules: rules,
            completeness: .partial
        )
        var indices: [Int: EventIndex] = [:]
        var decided: [[Observation]] = []
        for number in order {
            let event = file.events[number]
            let otherParent = event.op.flatMap { indices[$0] } ?? agreement.graph.endIndex
            let cause: NewEvent.Cause =
                switch event.cause {
                case "Requesting": .requesting(recipient: agreement.intern(PeerID(event.arg ?? "")))
                case "Request": .request(otherParent: otherParent)
                case "Response": .response(otherParent: otherParent)
                default: .observation([observation(event.arg ?? "", file)])
                }
            indices[number] = try agreement.insert(
                NewEvent(
                    creator: agreement.intern(PeerID(event.creator)),
                    selfParent: event.sp.flatMap { indices[$0] },
                    cause: cause,
                    digest: Digest(words: UInt64(number), 0, 0, 0)
                )
            )
            while let decision = agreement.advance() {
                decided.append(decision.payloads.map(\.observation.observation))
                _ = agreement.close(decision)
            }
        }
        return decided
    }

    private func observation(_ text: String, _ file: File) -> DigestedObservation {
        let observation: Observation =
            text.hasPrefix("Genesis")
            ? .genesis(group: file.genesis.map { PeerID($0) }, info: []) : .opaque(Array(text.utf8))
        let word = text.utf8.reduce(0 as UInt64) { $0 &* 31 &+ UInt64($1) }
        return DigestedObservation(observation, digest: Digest(words: word, 0, 0, 0))
    }
}
