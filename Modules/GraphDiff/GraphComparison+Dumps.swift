public import GraphFormats
import Membership
import MetaVoting
import ParsecCore

extension GraphComparison {
    /// The most differences that are listed one by one.
    static let mostListed = 100

    /// Compares two dumps.
    ///
    /// - Complexity: linear in the sizes of the dumps, and a replay of each.
    public init(_ a: GraphDump, _ b: GraphDump) {
        let (first, second) = (KeyedDump(a), KeyedDump(b))
        let claims = (a: DecisionCheck(a), b: DecisionCheck(b))
        self.init(
            progress: Pair(Progress(a, claims.a), Progress(b, claims.b)),
            blocks: GraphComparison.blocks(claims),
            checks: Pair(claims.a.check, claims.b.check),
            events: GraphComparison.ranges(of: first, missingIn: second, .a)
                + GraphComparison.ranges(of: second, missingIn: first, .b),
            forks: GraphComparison.forks(first, second),
            computed: GraphComparison.computed(first, second),
            members: GraphComparison.members(a, b),
            voters: a.election.voters == b.election.voters
                ? nil : Pair(a.election.voters.map(\.description), b.election.voters.map(\.description))
        )
    }

    // MARK: - Blocks

    private static func blocks(_ claims: (a: DecisionCheck, b: DecisionCheck)) -> Blocks {
        let (a, b) = (claims.a.dump.election.history, claims.b.dump.election.history)
        let common = zip(a, b).prefix { $0 == $1 }.count
        guard common < min(a.count, b.count) else { return Blocks(common: common, firstDifference: nil) }
        return Blocks(
            common: common,
            firstDifference: Difference(
                number: common,
                payloads: Pair(claims.a.text(ofClaimed: common), claims.b.text(ofClaimed: common)),
                causes: DecisionCheck.causes(at: common, claims)
            )
        )
    }

    // MARK: - Events

    /// The events of one dump that the other lacks, as ranges of each creator's indices.
    private static func ranges(of dump: KeyedDump, missingIn other: KeyedDump, _ side: Side) -> [Range] {
        var missing: [PeerID: [Int]] = [:]
        for (position, key) in dump.keys.enumerated() where other.positions[key] == nil {
            let event = dump.dump.events[position]
            missing[event.creator, default: []].append(event.indexByCreator)
        }
        return missing.sorted { $0.key < $1.key }.flatMap { creator, indices in
            Range.runs(indices, creator.description, side)
        }
    }

    private static func forks(_ a: KeyedDump, _ b: KeyedDump) -> [Fork] {
        func chains(_ side: KeyedDump) -> [PeerID: [ChainLink<KeyedDump.Key>]] {
            var chains: [PeerID: [ChainLink<KeyedDump.Key>]] = [:]
            for (position, event) in side.dump.events.enumerated() {
                let parent = event.selfParent.map { side.keys[$0] }
                chains[event.creator, default: []]
                    .append(ChainLink(key: side.keys[position], index: event.indexByCreator, selfParent: parent))
            }
            return chains
        }
        let (first, second) = (chains(a), chains(b))
        return Set(first.keys).union(second.keys).sorted().flatMap { creator in
            ChainLink.forks(of: creator.description, first[creator] ?? [], second[creator] ?? [])
        }
    }

    // MARK: - What was computed

    private static func computed(_ a: KeyedDump, _ b: KeyedDump) -> ComputedDifferences {
        let comparesElections = a.dump.election.history == b.dump.election.history
        let (first, second) = (a.dump.metaEventsByPosition, b.dump.metaEventsByPosition)
        // Which of a forker's last events an event has is told by the order in which a peer got the branches.
        let forkers = Set((a.dump.events + b.dump.events).filter { $0.forkIndex > 0 }.map(\.creator))
        // Whether an ancestor differs already, for the events of the first dump.
        var comesAfter = [Bool](repeating: false, count: a.keys.count)
        var count = 0
        var list: [Computed] = []
        for (position, key) in a.keys.enumerated() {
            guard let other = b.positions[key] else { continue }
            let event = a.dump.events[position]
            let parents = [event.selfParent, event.otherParent].compactMap { $0 }
            comesAfter[position] = parents.contains { comesAfter[$0] }
            var found: [Computed] = []
            func compare(_ subject: Computed.Subject, _ one: String, _ two: String) {
                guard one != two else { return }
                found.append(Computed(event: event.name, subject: subject, values: Pair(one, two)))
            }
            compare(.ancestors, event.ancestors(besides: forkers), b.dump.events[other].ancestors(besides: forkers))
            if comparesElections {
                let (one, two) = (first[position], second[other])
                compare(.interestingContent, one.contentText, two.contentText)
                compare(.observees, one.observeeText, two.observeeText)
                compare(.metaVotes, one.voteText, two.voteText)
            }
            guard !found.isEmpty else { continue }
            count += 1
            if !comesAfter[position] && list.count < mostListed { list += found }
            comesAfter[position] = true
        }
        return ComputedDifferences(comparesElections: comparesElections, count: count, first: list)
    }

    // MARK: - Members

    private static func members(_ a: GraphDump, _ b: GraphDump) -> [Member] {
        let first = Dictionary(a.peers.map { ($0.id, $0.state.description) }) { first, _ in first }
        let second = Dictionary(b.peers.map { ($0.id, $0.state.description) }) { first, _ in first }
        // Who wrote a dump sees itself as nobody else does: it does not send to itself, and may know of its admission late.
        return Set(first.keys).union(second.keys).subtracting([a.ourID, b.ourID]).sorted()
            .filter { first[$0] != second[$0] }
            .map { Member(peer: $0.description, states: Pair(first[$0], second[$0])) }
    }
}

extension GraphComparison.Progress {
    init(_ dump: GraphDump, _ check: DecisionCheck) {
        self.init(
            owner: dump.ourID.description,
            events: dump.events.count,
            blocks: dump.election.history.count,
            elections: check.elections
        )
    }
}

extension GraphDump {
    /// What the open election attaches to events, by their positions.
    var metaEventsByPosition: [Int: MetaEvent] {
        Dictionary(election.metaEvents.map { ($0.event, $0) }) { first, _ in first }
    }
}

extension GraphDump.Event {
    fileprivate func ancestors(besides peers: Set<PeerID>) -> String {
        lastAncestors.filter { !peers.contains($0.peer) }.map { "\($0.peer):\($0.indexByCreator)" }.joined(
            separator: " "
        )
    }
}

extension GraphDump.MetaEvent? {
    fileprivate var contentText: String {
        self?.interestingContent.map(\.description).joined(separator: ", ") ?? ""
    }

    fileprivate var observeeText: String { self?.observees.map(\.description).joined(separator: ", ") ?? "" }

    fileprivate var voteText: String {
        self?.metaVotes.map { votes in
            "\(votes.peer): " + votes.votes.map { "\($0.stage) \($0.text)" }.joined(separator: ", ")
        }.joined(separator: "; ") ?? ""
    }
}
