/// A running node, of which little is asked at a time.
public protocol GraphEndpoint: Sendable {
    func heads() async throws -> GraphHeads

    /// Events of a peer from an index on: as many as there are, or fewer.
    func chain(of peer: String, from index: Int, count: Int) async throws -> [GraphHeads.Link]

    /// The digest of a block, and its payload in words.
    func block(_ number: Int) async throws -> (digest: String, payload: String)

    /// What the open election attaches to events.
    func election() async throws -> [GraphHeads.MetaEvent]
}

/// Why two nodes cannot be compared.
public struct OtherNetwork: Error, Hashable, Sendable, CustomStringConvertible {
    public let networks: GraphComparison.Pair<String>

    public var description: String {
        "A belongs to the network \(networks.a), B to \(networks.b): they have nothing to agree on"
    }
}

/// A node that tells more events than it says it has.
public struct EndlessChain: Error, Hashable, Sendable, CustomStringConvertible {
    public let peer: String

    public var description: String { "a node tells more events of \(peer) than it says that it has" }
}

extension GraphComparison {
    /// How many links are asked for at a time.
    private static let linksAtOnce = 1_000

    /// Compares two running nodes, by exchanging heads and ranges: what they have in common is not read.
    ///
    /// - Throws: ``OtherNetwork``, ``EndlessChain``, or what the endpoints throw.
    public init(_ a: some GraphEndpoint, _ b: some GraphEndpoint) async throws {
        let (first, second) = (try await a.heads(), try await b.heads())
        guard first.network == second.network else {
            throw OtherNetwork(networks: Pair(first.network, second.network))
        }
        let peers = Set(first.peers.map(\.id)).union(second.peers.map(\.id)).sorted()
        var (ranges, forks): ([Range], [Fork]) = ([], [])
        var members: [Member] = []
        for id in peers {
            let (one, two) = (first.peers.first { $0.id == id }, second.peers.first { $0.id == id })
            let found = try await GraphComparison.chains(id, one?.branches ?? [], two?.branches ?? [], a, b)
            ranges += found.ranges
            forks += found.forks
            if one?.state != two?.state && id != first.owner && id != second.owner {
                members.append(Member(peer: id, states: Pair(one?.state, two?.state)))
            }
        }
        let comparesElections = first.elections == second.elections
        var (count, list): (Int, [Computed]) = (0, [])
        if comparesElections {
            let known = Dictionary(try await b.election().map { ($0.digest, $0) }) { first, _ in first }
            for event in try await a.election() {
                guard let other = known[event.digest] else { continue }
                let differences: [(Computed.Subject, Pair<String>)] = [
                    (.interestingContent, Pair(event.interesting, other.interesting)),
                    (.observees, Pair(event.observees, other.observees)),
                    (.metaVotes, Pair(event.metaVotes, other.metaVotes)),
                ]
                let found = differences.filter { $0.1.differs }
                count += found.isEmpty ? 0 : 1
                if list.count < GraphComparison.mostListed {
                    list += found.map { Computed(event: event.name, subject: $0.0, values: $0.1) }
                }
            }
        }
        self.init(
            progress: Pair(Progress(first), Progress(second)),
            blocks: try await GraphComparison.blocks(min(first.blocks, second.blocks), a, b),
            checks: Pair(nil, nil),
            events: ranges.filter { $0.side == .a } + ranges.filter { $0.side == .b },
            forks: forks,
            computed: ComputedDifferences(comparesElections: comparesElections, count: count, first: list),
            members: members,
            voters: first.voters == second.voters ? nil : Pair(first.voters, second.voters)
        )
    }

    /// Finds the first number from 0 on at which something does not hold that holds for all numbers below.
    private static func firstWhereNot(
        below end: Int,
        _ holds: (Int) async throws -> Bool
    ) async throws -> Int {
        var (low, high) = (0, end)
        while low < high {
            let middle = low + (high - low) / 2
            if try await holds(middle) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    // MARK: - Blocks

    private static func blocks(
        _ count: Int,
        _ a: some GraphEndpoint,
        _ b: some GraphEndpoint
    ) async throws -> Blocks {
        // A block's digest covers all blocks before it, so that equal ones need not be looked at.
        func agrees(_ number: Int) async throws -> Bool {
            try await a.block(number).digest == b.block(number).digest
        }
        let isSame = count == 0 ? true : try await agrees(count - 1)
        let common = isSame ? count : try await firstWhereNot(below: count, agrees)
        guard common < count else { return Blocks(common: common, firstDifference: nil) }
        let payloads = Pair(try await a.block(common).payload, try await b.block(common).payload)
        let cause = "diff the nodes' stores or dumps to see why"
        return Blocks(
            common: common,
            firstDifference: Difference(number: common, payloads: payloads, causes: [cause])
        )
    }

    // MARK: - Events

    private static func chains(
        _ peer: String,
        _ one: [GraphHeads.Branch],
        _ two: [GraphHeads.Branch],
        _ a: some GraphEndpoint,
        _ b: some GraphEndpoint
    ) async throws -> (ranges: [Range], forks: [Fork]) {
        guard one.count <= 1, two.count <= 1 else {
            return try await forkedChains(peer, one.reduce(0) { $0 + $1.count }, two.reduce(0) { $0 + $1.count }, a, b)
        }
        let (endA, endB) = (one.first.map { $0.first + $0.count } ?? 0, two.first.map { $0.first + $0.count } ?? 0)
        func range(_ side: Side, _ first: Int, _ end: Int) -> [Range] {
            first < end ? [Range(side: side, creator: peer, first: first, last: end - 1, count: end - first)] : []
        }
        // An event's digest covers its self-ancestors, so that the last common index tells of all before.
        let shared = min(endA, endB)
        func agrees(_ index: Int) async throws -> Bool {
            try await a.chain(of: peer, from: index, count: 1) == b.chain(of: peer, from: index, count: 1)
        }
        var common = shared
        let hasSameTips = endA == endB && one.first?.tip == two.first?.tip
        if shared > 0, !hasSameTips, try await !agrees(shared - 1) {
            common = try await firstWhereNot(below: shared, agrees)
        }
        let ranges = range(.a, common, endA) + range(.b, common, endB)
        guard common < shared else { return (ranges, []) }
        let branches = [
            ForkBranch(events: Pair(endA - common, 0)), ForkBranch(events: Pair(0, endB - common)),
        ]
        return (ranges, [Fork(creator: peer, index: common, branches: branches)])
    }

    /// Compares the chains of a peer of which a node knows that it forked: they are read in whole.
    private static func forkedChains(
        _ peer: String,
        _ countA: Int,
        _ countB: Int,
        _ a: some GraphEndpoint,
        _ b: some GraphEndpoint
    ) async throws -> (ranges: [Range], forks: [Fork]) {
        // A node that runs gets more events while it is asked, but not many.
        func all(_ node: some GraphEndpoint, _ count: Int) async throws -> [ChainLink<String>] {
            var links: [ChainLink<String>] = []
            var next = 0
            while true {
                let more = try await node.chain(of: peer, from: next, count: linksAtOnce)
                guard let last = more.last else { return links }
                // All events of an index are told together, but the last may have been cut off.
                let whole = more.count < linksAtOnce ? more : more.filter { $0.index < last.index }
                links += whole.map { ChainLink(key: $0.digest, index: $0.index, selfParent: $0.selfParent) }
                guard links.count <= 2 * count + 10 * linksAtOnce else { throw EndlessChain(peer: peer) }
                if more.count < linksAtOnce { return links }
                next = max(next + 1, last.index)
            }
        }
        let (one, two) = (try await all(a, countA), try await all(b, countB))
        let (first, second) = (Set(one.map(\.key)), Set(two.map(\.key)))
        let ranges =
            Range.runs(one.filter { !second.contains($0.key) }.map(\.index), peer, .a)
            + Range.runs(two.filter { !first.contains($0.key) }.map(\.index), peer, .b)
        return (ranges, ChainLink.forks(of: peer, one, two))
    }
}

extension GraphComparison.Progress {
    init(_ heads: GraphHeads) {
        self.init(owner: heads.owner, events: heads.events, blocks: heads.blocks, elections: heads.elections)
    }
}
