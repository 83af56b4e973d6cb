public import ParsecCore

/// What is wrong with a scenario.
public enum ScenarioError: Error, Hashable, Sendable {
    /// An initial group has at least one peer.
    case noPeers

    /// More peers than ``Scenario/mostPeers`` take part.
    case tooManyPeers(Int)

    /// A peer is named twice where it can only be once.
    case namedTwice(PeerID)

    /// A step names a peer that neither is in the initial group nor joins.
    case unknownPeer(PeerID, step: Int?)

    /// A value is out of its range.
    case outOfRange(key: String, value: String, expected: String, step: Int?)

    /// A fault ends before it begins.
    case endsTooEarly(from: Int, to: Int, step: Int)

    /// A fault that has to end does not.
    case neverEnds(step: Int)

    /// A name begins or ends with spaces, is empty, or has characters that are not printable ASCII.
    case badName(String, step: Int?)
}

extension ScenarioError: CustomStringConvertible {
    public var description: String {
        let text =
            switch self {
            case .noPeers: "genesis: an initial group has at least one peer"
            case .tooManyPeers(let count):
                "\(count) peers take part, at most \(Scenario.mostPeers) can"
            case .namedTwice(let peer): "\(peer) is named twice; a peer is in the initial group or joins, once"
            case .unknownPeer(let peer, _):
                "\(peer) is neither in the initial group nor joins"
            case .outOfRange(let key, let value, let expected, _): "\(key) is \(value), expected \(expected)"
            case .endsTooEarly(let from, let to, _): "to is \(to), expected a time after from, which is \(from)"
            case .neverEnds: "the fault has no end; partitions, cuts and restores need one"
            case .badName(let name, _): "\"\(name)\" is no name; expected printable ASCII characters"
            }
        return step.map { "step \($0 + 1): \(text)" } ?? text
    }

    /// The position of the step that is wrong, if it is one.
    public var step: Int? {
        switch self {
        case .noPeers, .tooManyPeers, .namedTwice: nil
        case .unknownPeer(_, let step), .outOfRange(_, _, _, let step), .badName(_, let step): step
        case .endsTooEarly(_, _, let step), .neverEnds(let step): step
        }
    }
}

extension Scenario {
    /// The most peers that take part in a scenario.
    public static let mostPeers = 1_000

    /// The latest time of a scenario, and the most of anything it counts.
    public static let latestTime = 1_000_000_000

    /// All peers that take part: the initial group, and those that join, in the order of the steps.
    public var peers: [PeerID] {
        genesis
            + steps.compactMap {
                if case .join(let join) = $0 { join.peer } else { nil }
            }
    }

    /// The peers that lie or fail for good.
    public var faultyPeers: Set<PeerID> {
        var result: Set<PeerID> = []
        for case .fault(let fault) in steps { result.formUnion(fault.faultyPeers) }
        return result
    }

    /// Checks that the scenario can be run.
    ///
    /// - Throws: ``ScenarioError``.
    public func check() throws(ScenarioError) {
        guard !genesis.isEmpty else { throw .noPeers }
        let peers = peers
        guard peers.count <= Scenario.mostPeers else { throw .tooManyPeers(peers.count) }
        var known: Set<PeerID> = []
        for peer in peers {
            guard known.insert(peer).inserted else { throw .namedTwice(peer) }
            guard peer.isNameable else { throw .badName("\(peer)", step: nil) }
        }
        func positive(_ key: String, _ value: Int) throws(ScenarioError) {
            try inRange(key, value, 1...Scenario.latestTime, step: nil)
        }
        try positive("gossip.interval", gossip.interval)
        try positive("gossip.heartbeat", gossip.heartbeat)
        try positive("limits.events", limits.events)
        try positive("limits.events-per-message", limits.eventsPerMessage)
        try positive("limits.messages-under-way", limits.messagesUnderWay)
        if let time = limits.settleWithin { try positive("limits.settle-within", time) }
        if let time = limits.quietWithin { try positive("limits.quiet-within", time) }
        if changesAtOnce < 1 {
            throw .outOfRange(key: "changes-at-once", value: "\(changesAtOnce)", expected: "at least 1", step: nil)
        }
        try check(link, step: nil)
        for (position, step) in steps.enumerated() {
            try inRange("at", step.at, 0...Scenario.latestTime, step: position)
            try check(step, position, known: known)
        }
        for peer in expectations.members ?? [] where !known.contains(peer) { throw .unknownPeer(peer, step: nil) }
    }

    private func inRange(
        _ key: String,
        _ value: Int,
        _ range: ClosedRange<Int>,
        step: Int?
    ) throws(ScenarioError) {
        guard range.contains(value) else {
            let expected = "a number from \(range.lowerBound) to \(range.upperBound)"
            throw .outOfRange(key: key, value: "\(value)", expected: expected, step: step)
        }
    }

    private func probability(_ key: String, _ value: Double, step: Int?) throws(ScenarioError) {
        guard value >= 0 && value <= 1 else {
            throw .outOfRange(key: key, value: "\(value)", expected: "a probability from 0 to 1", step: step)
        }
    }

    private func check(_ quality: LinkQuality, step: Int?) throws(ScenarioError) {
        try probability("loss", quality.loss, step: step)
        try probability("duplication", quality.duplication, step: step)
        try probability("reordering", quality.reordering, step: step)
        let times = 0...1_000_000
        switch quality.delay {
        case .constant(let delay): try inRange("delay", delay, times, step: step)
        case .uniform(let range):
            try inRange("delay", range.lowerBound, times, step: step)
            try inRange("delay", range.upperBound, times, step: step)
        case .poisson(let mean):
            guard mean >= 0 && mean <= DelayDistribution.longestMean else {
                let expected = "a mean from 0 to \(DelayDistribution.longestMean)"
                throw .outOfRange(key: "delay", value: "\(mean)", expected: expected, step: step)
            }
        case .longTail(let least, let most):
            try inRange("delay", least, times, step: step)
            try inRange("delay", most, least...max(least, times.upperBound), step: step)
        }
    }

    private func check(_ voters: VoterChoice, _ position: Int, known: Set<PeerID>) throws(ScenarioError) {
        switch voters {
        case .all: break
        case .count(let count): try inRange("by", count, 1...Scenario.mostPeers, step: position)
        case .share(let range):
            guard range.lowerBound >= 0 && range.upperBound <= 1 else {
                let value = "\(range.lowerBound) to \(range.upperBound)"
                throw .outOfRange(key: "by", value: value, expected: "a share from 0 to 1", step: position)
            }
        case .peers(let peers): try check(peers, position, known: known)
        }
    }

    private func check(_ peers: [PeerID], _ position: Int, known: Set<PeerID>) throws(ScenarioError) {
        for peer in peers where !known.contains(peer) { throw .unknownPeer(peer, step: position) }
    }

    private func check(_ step: Step, _ position: Int, known: Set<PeerID>) throws(ScenarioError) {
        let times = 0...Scenario.latestTime
        switch step {
        case .votes(let votes):
            try inRange("count", votes.count, 1...100_000, step: position)
            try inRange("every", votes.every, 0...Scenario.latestTime / votes.count, step: position)
            try inRange("spread", votes.spread, times, step: position)
            try inRange("bytes", votes.bytes, 1...1_000_000, step: position)
            try probability("duplicates", votes.duplicates, step: position)
            if let voters = votes.by { try check(voters, position, known: known) }
        case .join(let join):
            try inRange("spread", join.spread, times, step: position)
            try check(join.by, position, known: known)
            if let via = join.via { try check([via], position, known: known) }
        case .leave(let leave):
            try inRange("spread", leave.spread, times, step: position)
            try check([leave.peer], position, known: known)
        case .evict(let eviction):
            try inRange("spread", eviction.spread, times, step: position)
            try check([eviction.peer], position, known: known)
            try check(eviction.by, position, known: known)
        case .fault(let fault): try check(fault, position, known: known)
        }
    }

    private func check(_ fault: Fault, _ position: Int, known: Set<PeerID>) throws(ScenarioError) {
        try check(fault.peers, position, known: known)
        if let to = fault.to {
            guard to > fault.from else { throw .endsTooEarly(from: fault.from, to: to, step: position) }
            try inRange("to", to, 1...Scenario.latestTime, step: position)
        }
        switch fault.kind {
        case .crash, .fork, .misbehave, .link, .slow: break
        case .partition, .cut, .restore: if fault.to == nil { throw .neverEnds(step: position) }
        }
        switch fault.kind {
        case .link(_, let quality): try check(quality, step: position)
        case .slow(_, let factor): try inRange("factor", factor, 1...1_000, step: position)
        case .restore(_, let age): try inRange("age", age, 0...Scenario.latestTime, step: position)
        case .partition(let groups):
            var seen: Set<PeerID> = []
            for peer in groups.joined() where !seen.insert(peer).inserted {
                let expected = "each peer in one group only"
                throw .outOfRange(key: "groups", value: "\(peer) twice", expected: expected, step: position)
            }
        case .cut, .crash, .fork, .misbehave: break
        }
    }
}

extension PeerID {
    /// Whether the identity is a name that files and pictures can show.
    fileprivate var isNameable: Bool {
        !bytes.isEmpty && bytes.count <= 64 && bytes.first != 0x20 && bytes.last != 0x20
            && bytes.allSatisfy { (0x20..<0x7F).contains($0) }
    }
}
