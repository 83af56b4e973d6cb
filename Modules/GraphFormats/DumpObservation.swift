public import ParsecCore
public import Voting

/// An observation as a dump prints it (`protocol.md` section 8.3).
///
/// A dump says less than the observation did: names are reduced to letters and digits, long payloads shortened.
public enum DumpObservation: Hashable, Sendable {
    /// Which message of a key generation is meant.
    public enum KeyGenerationMessage: String, Hashable, Sendable {
        case part = "DkgPart"
        case acknowledgement = "DkgAck"
    }

    case genesis(group: [PeerID])
    case add(PeerID, info: [UInt8])
    case remove(PeerID, info: [UInt8])
    case opaque(String)
    case startKeyGeneration([PeerID])

    /// A message of the key generation with a number; its bytes are printed where it is voted for only.
    case keyGeneration(KeyGenerationMessage, number: UInt64, message: [UInt8]?)
    case accusation(offender: PeerID, DumpMalice)

    /// The payload was not known when the dump was written.
    case unknown
}

/// What an accusation in a dump is about, with events by their names in the dump.
public enum DumpMalice: Hashable, Sendable {
    case fork(String)
    case invalidAccusation(String)
    indirect case accomplice(String, DumpMalice)

    /// A kind that the format has no event for.
    case other(code: UInt8)

    /// What the ancestors of the accusing event show; the reference has no such accusations.
    case shown(Offence)
}

extension DumpObservation: CustomStringConvertible {
    /// The text of the observation in a dump.
    public var description: String {
        switch self {
        case .genesis(let group): "Genesis({\(list(group))})"
        case .add(let peer, let info): "Add\(who(peer, info))"
        case .remove(let peer, let info): "Remove\(who(peer, info))"
        case .opaque(let text): "OpaquePayload(\(text))"
        case .startKeyGeneration(let peers): "StartDkg({\(list(peers))})"
        case .keyGeneration(let message, let number, _): "DkgMessage(\(message.rawValue)(\(number)))"
        case .accusation(let offender, let malice): "Accusation { \(offender), \(malice) }"
        case .unknown: "?"
        }
    }

    /// The text where the observation is voted for: messages of a key generation have their bytes there.
    var text: String {
        guard case .keyGeneration(_, _, let message?) = self else { return description }
        return "\(self), SerialisedDkgMessage([\(message.map { String($0) }.joined(separator: ", "))])"
    }

    private func list(_ peers: [PeerID]) -> String { peers.map(\.description).joined(separator: ", ") }

    private func who(_ peer: PeerID, _ info: [UInt8]) -> String {
        if info.isEmpty { return "(\(peer))" }
        let bytes = info.map { String($0) }.joined(separator: ", ")
        return "{ peer_id: \(peer), related_info: [\(bytes)] }"
    }
}

extension DumpMalice: CustomStringConvertible {
    public var description: String {
        switch self {
        case .fork(let event): "Fork(\(event))"
        case .invalidAccusation(let event): "InvalidAccusation(\(event))"
        case .accomplice(let event, let malice): "Accomplice(\(event), \(malice))"
        case .other(let code): "Other(\(code))"
        case .shown(let offence): "Shown(\(offence))"
        }
    }
}
