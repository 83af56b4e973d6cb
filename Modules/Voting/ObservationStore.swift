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

    private struct Key: Hashable {
        let digest: Digest
        let voter: PeerIndex?
    }

    /// The mode of opaque payloads.
    public let opaqueMode: ConsensusMode

    private var entries: [Entry] = []
    private var indices: [Key: ObservationIndex] = [:]

    public init(opaqueMode: ConsensusMode) {
        self.opaqueMode = opaqueMode
    }

    /// The number of payloads.
    public var count: Int { entries.count }

    public subscript(index: ObservationIndex) -> Entry { entries[index.position] }

    // What is asked most often has a function of its own: a whole entry takes as long to copy as a digest to compute.

    public func digest(of index: ObservationIndex) -> Digest { entries[index.position].digest }

    public func observation(of index: ObservationIndex) -> Observation { entries[index.position].observation }

    /// The bytes of an observation's content.
    public func byteCount(of index: ObservationIndex) -> Int { entries[index.position].observation.byteCount }

    /// Says whether a payload has been decided.
    public func isDecided(_ index: ObservationIndex) -> Bool { entries[index.position].isDecided }

    /// How many votes a payload needs.
    public func mode(of index: ObservationIndex) -> ConsensusMode { entries[index.position].mode }

    /// Finds the payload for which a vote by a peer counts, or nil if nobody voted for it yet.
    public func index(of observation: Observation, digest: Digest, votedBy peer: PeerIndex) -> ObservationIndex? {
        let isSingle = observation.mode(opaqueMode: opaqueMode) == .single
        return indices[Key(digest: digest, voter: isSingle ? peer : nil)]
    }

    /// Finds the payload for which a vote by a peer counts, adding it if it is new.
    public mutating func insert(
        _ observation: Observation,
        digest: Digest,
        votedBy peer: PeerIndex,
        id: PeerID
    ) -> ObservationIndex {
        let mode = observation.mode(opaqueMode: opaqueMode)
        let key = Key(digest: digest, voter: mode == .single ? peer : nil)
        if let known = indices[key] { return known }
        let index = ObservationIndex(entries.count)
        let voter = mode == .single ? Voter(index: peer, id: id) : nil
        entries.append(Entry(observation: observation, digest: digest, mode: mode, voter: voter))
        indices[key] = index
        return index
    }

    /// Marks a payload as decided.
    public mutating func markDecided(_ index: ObservationIndex) {
        entries[index.position].isDecided = true
    }

    /// Orders payloads by digest, then by voter, where no voter comes first (`protocol.md` section 4.1).
    public func precedes(_ a: ObservationIndex, _ b: ObservationIndex) -> Bool {
        let (first, second) = (entries[a.position], entries[b.position])
        if first.digest != second.digest { return first.digest < second.digest }
        switch (first.voter, second.voter) {
        case (nil, nil), (_?, nil): return false
        case (nil, _?): return true
        case (let x?, let y?): return x.id < y.id
        }
    }
}
