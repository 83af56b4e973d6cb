/// The bounds on what decoders take; all peers of a network should use the same.
///
/// Decoders check a count before they make room for what it counts.
public struct WireLimits: Hashable, Sendable {
    /// What a bound is about, as errors name it.
    public enum Bound: String, Hashable, Sendable, CaseIterable {
        case bytes = "bytes"
        case identityBytes = "bytes of an identity"
        case observationBytes = "bytes of an observation"
        case observationsPerEvent = "observations per event"
        case peers = "peers"
        case maliceDepth = "accusations inside one another"
        case pathDigests = "digests of a path"
        case inflatedBytes = "bytes when inflated"
        case eventsPerMessage = "events per message"
        case tips = "tips per message"
        case snapshotBytes = "bytes of a snapshot"
        case eventsPerEvidence = "events of evidence"
        case blocksPerRun = "blocks of a run"
    }

    /// The most bytes of one encoded value.
    public var bytes = 1 << 24

    /// The most bytes that the deflated part of a message inflates to.
    public var inflatedBytes = 1 << 26

    /// The most bytes of a snapshot, and the most that all its parts inflate to.
    public var snapshotBytes = 1 << 34

    /// The most events that evidence consists of.
    public var eventsPerEvidence = 10_000_000

    /// The most events of a message.
    public var eventsPerMessage = 100_000

    /// The most chains of which a message may say that its sender has them.
    public var tips = 4_096

    /// The most bytes of an identity.
    public var identityBytes = 256

    /// The most bytes of one observation: payload, info and identities.
    public var observationBytes = 1 << 20

    /// The most observations that one event votes for.
    public var observationsPerEvent = 1_024

    /// The most peers of an initial group, of a key generation, or that vote for a block.
    public var peers = 1_024

    /// The most accusations of accomplices inside one another.
    public var maliceDepth = 8

    public init() {}

    /// The most digests of a Merkle path: enough for any count of observations.
    static let pathDigests = 64

    /// The most blocks that are written as one run.
    public static let blocksPerRun = 1_024

    /// For how many observations room is made before they have been read.
    static let expectedObservations = 4_096

    /// The most pairs of parents that are tried for one event when indices are ambiguous because of forks; of more the
    /// event is not placed.
    static let ambiguousParents = 64

    /// The value of a bound.
    public func limit(_ bound: Bound) -> Int {
        switch bound {
        case .bytes: bytes
        case .identityBytes: identityBytes
        case .observationBytes: observationBytes
        case .observationsPerEvent: observationsPerEvent
        case .peers: peers
        case .maliceDepth: maliceDepth
        case .pathDigests: WireLimits.pathDigests
        case .inflatedBytes: inflatedBytes
        case .eventsPerMessage: eventsPerMessage
        case .tips: tips
        case .snapshotBytes: snapshotBytes
        case .eventsPerEvidence: eventsPerEvidence
        case .blocksPerRun: WireLimits.blocksPerRun
        }
    }
}
