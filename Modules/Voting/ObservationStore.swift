public import ParsecCore

/// All payloads that anybody voted for, each once.
///
/// A payload is what one decision is about (the payload key of `protocol.md` section 4.1): the content of an
/// observation, and in single mode also who voted for it, so that the same content voted for by three peers is three
/// payloads.
public struct ObservationStore: Sendable {
    /// One payload.
    public struct Entry: Sendable {
        public let observation: Observation
        public let digest: Digest

        /// How many votes the payload needs.
        public let mode: ConsensusMode

        /// Who voted for the payload, if one vote decides it; else nil.
        public let voter: Voter?

        /// Whether the payload has been decided; it never is again.
        public internal(set) var isDecided = false
    }

    /// A peer, as the voter of a payload that one vote decides.
    public struct Voter: Sendable {
        public let index: PeerIndex
        public let id: PeerID
    }

    /// The mode of opaque payloads.
    public let opaqueMode: ConsensusMode

    // One column for each property, since most questions are about one of them.
    private var observations: [Observation] = []
    private var byteCounts: [Int] = []
    private var digests: [Digest] = []
    private var modes: [ConsensusMode] = []
    private var voters: [Voter?] = []
    private var decided: [Bool] = []
    private var table = DigestTable()

    /// How many payloads there is room for from the start.
    private static let firstCapacity = 32

    public init(opaqueMode: ConsensusMode) {
        self.opaqueMode = opaqueMode
        observations.reserveCapacity(ObservationStore.firstCapacity)
        byteCounts.reserveCapacity(ObservationStore.firstCapacity)
        digests.reserveCapacity(ObservationStore.firstCapacity)
        modes.reserveCapacity(ObservationStore.firstCapacity)
        voters.reserveCapacity(ObservationStore.firstCapacity)
        decided.reserveCapacity(ObservationStore.firstCapacity)
    }

    /// The number of payloads.
    public var count: Int { digests.count }

    public subscript(index: ObservationIndex) -> Entry {
        Entry(
            observation: observations[index.position],
            digest: digests[index.position],
            mode: modes[index.position],
            voter: voters[index.position],
            isDecided: decided[index.position]
        )
    }

    public func digest(of index: ObservationIndex) -> Digest { digests[index.position] }

    public func observation(of index: ObservationIndex) -> Observation { observations[index.position] }

    /// The bytes of an observation's content.
    public func byteCount(of index: ObservationIndex) -> Int { byteCounts[index.position] }

    /// Says whether a payload has been decided.
    public func isDecided(_ index: ObservationIndex) -> Bool { decided[index.position] }

    /// Says whether payloads have all been decided.
    public func areDecided(_ payloads: [ObservationIndex]) -> Bool {
        for payload in payloads where !decided[payload.position] { return false }
        return true
    }

    /// Those of some payloads that have not been decided, in the same order.
    public func undecided(_ payloads: [ObservationIndex]) -> [ObservationIndex] {
        for payload in payloads where decided[payload.position] {
            // A closure over the store would have a copy of every column.
            let decided = decided
            return payloads.filter { !decided[$0.position] }
        }
        return payloads
    }

    /// Who voted for a payload, if one vote decides it; else nil.
    public func voter(of index: ObservationIndex) -> Voter? { voters[index.position] }

    /// Whether one vote decides a payload, and it is not this peer's.
    public func isSomebodyElses(_ index: ObservationIndex, than peer: PeerIndex) -> Bool {
        guard let voter = voters[index.position]?.index else { return false }
        return voter != peer
    }

    /// How many votes a payload needs.
    public func mode(of index: ObservationIndex) -> ConsensusMode { modes[index.position] }

    /// Finds the payload for which a vote by a peer counts, or nil if nobody voted for it yet.
    public func index(of observation: Observation, digest: Digest, votedBy peer: PeerIndex) -> ObservationIndex? {
        find(digest, voter: observation.mode(opaqueMode: opaqueMode) == .single ? peer : nil)
    }

    private func find(_ digest: Digest, voter: PeerIndex?) -> ObservationIndex? {
        table.position(of: digest, in: digests) { voters[$0]?.index == voter }.map { ObservationIndex($0) }
    }

    /// Finds the payload for which a vote by a peer counts, adding it if it is new.
    public mutating func insert(
        _ observation: Observation,
        digest: Digest,
        votedBy peer: PeerIndex,
        id: PeerID
    ) -> ObservationIndex {
        let mode = observation.mode(opaqueMode: opaqueMode)
        if let known = find(digest, voter: mode == .single ? peer : nil) { return known }
        let index = ObservationIndex(count)
        observations.append(observation)
        byteCounts.append(observation.byteCount)
        digests.append(digest)
        modes.append(mode)
        voters.append(mode == .single ? Voter(index: peer, id: id) : nil)
        decided.append(false)
        table.appendLast(of: digests)
        return index
    }

    /// Marks a payload as decided.
    public mutating func markDecided(_ index: ObservationIndex) {
        decided[index.position] = true
    }

    /// Orders payloads by digest, then by voter, where no voter comes first (`protocol.md` section 4.1).
    public func precedes(_ a: ObservationIndex, _ b: ObservationIndex) -> Bool {
        let (first, second) = (digests[a.position], digests[b.position])
        if first != second { return first < second }
        switch (voters[a.position], voters[b.position]) {
        case (nil, nil), (_?, nil): return false
        case (nil, _?): return true
        case (let x?, let y?): return x.id < y.id
        }
    }
}
