public import ParsecCore

/// What peers vote for: a fact about the group, or a payload of the application.
///
/// The engine looks into an observation only to apply its effect on the group; for ordering, one observation is like
/// any other (`protocol.md` sections 2.3, 3.5 and 4.1).
public enum Observation: Hashable, Sendable {
    /// The initial group, in ascending order; the first block of every network.
    case genesis(group: [PeerID], info: [UInt8])

    /// A peer joins the voters.
    case add(PeerID, info: [UInt8])

    /// A peer leaves the voters.
    case remove(PeerID, info: [UInt8])

    /// A peer misbehaved; decided, it leaves the voters.
    case accusation(offender: PeerID, malice: Malice)

    /// Bytes that mean something to the application only.
    case opaque([UInt8])

    /// A step of a distributed key generation; ordered, but not handed out as a block.
    case keyGeneration(KeyGenerationStep)
}

/// What a peer is accused of.
public enum Malice: Hashable, Sendable {
    /// Two events on one self-parent, whose digest this is.
    case fork(selfParent: Digest)

    /// An accusation that does not hold, in the event of this digest.
    case invalidAccusation(event: Digest)

    /// Keeping silent about somebody else's malice, shown by the event of this digest.
    indirect case accomplice(event: Digest, Malice)

    /// A kind that this engine does not interpret, with its evidence.
    case other(code: UInt8, evidence: [UInt8])

    /// What the ancestors of the accusing event show: the accusation that engines make by themselves.
    case shown(Offence)
}

/// A step of a distributed key generation, as an observation (`protocol.md` section 6.1).
public enum KeyGenerationStep: Hashable, Sendable {
    /// The participants, in ascending order, begin.
    case start(participants: [PeerID])

    /// A participant's part: its serialised message.
    case part([UInt8])

    /// A participant's acknowledgement of a part: its serialised message.
    case acknowledgement([UInt8])
}

extension Observation {
    /// How this observation becomes a candidate, in a network whose opaque payloads use `opaqueMode`.
    ///
    /// Messages of a key generation need one vote; everything else but opaque payloads needs a supermajority
    /// (`protocol.md` section 4.1).
    public func mode(opaqueMode: ConsensusMode) -> ConsensusMode {
        switch self {
        case .opaque: opaqueMode
        case .keyGeneration(.part), .keyGeneration(.acknowledgement): .single
        case .keyGeneration(.start), .genesis, .add, .remove, .accusation: .supermajority
        }
    }

    /// How many accusations are inside one another, this one included; 0 for what is no accusation.
    public var maliceDepth: Int {
        guard case .accusation(_, var malice) = self else { return 0 }
        var depth = 1
        while case .accomplice(_, let inner) = malice {
            depth += 1
            malice = inner
        }
        return depth
    }

    /// Whether the observation is ordered but not handed out as a block.
    public var isInternal: Bool {
        if case .keyGeneration = self { true } else { false }
    }
}

extension Observation {
    /// Hashes what tells most observations apart, all bytes at once; the derived function would take one at a time.
    public func hash(into hasher: inout Hasher) {
        switch self {
        case .genesis(let group, let info):
            hasher.combine(0)
            hasher.combine(group)
            info.withUnsafeBytes { hasher.combine(bytes: $0) }
        case .add(let peer, let info):
            hasher.combine(1)
            hasher.combine(peer)
            info.withUnsafeBytes { hasher.combine(bytes: $0) }
        case .remove(let peer, let info):
            hasher.combine(2)
            hasher.combine(peer)
            info.withUnsafeBytes { hasher.combine(bytes: $0) }
        case .accusation(let offender, let malice):
            hasher.combine(3)
            hasher.combine(offender)
            hasher.combine(malice)
        case .opaque(let bytes):
            hasher.combine(4)
            bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
        case .keyGeneration(let step):
            hasher.combine(5)
            hasher.combine(step)
        }
    }
}
