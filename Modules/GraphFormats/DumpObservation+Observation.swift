public import ParsecCore
public import Voting

extension DumpObservation {
    /// The observation that is meant, or nil if the dump does not tell.
    ///
    /// - Parameter eventDigest: finds the digest of an event by its name in the dump, for accusations.
    public func observation(eventDigest: (String) -> Digest?) -> Observation? {
        switch self {
        case .genesis(let group): .genesis(group: group.sorted(), info: [])
        case .add(let peer, let info): .add(peer, info: info)
        case .remove(let peer, let info): .remove(peer, info: info)
        case .opaque(let text): .opaque(Array(text.utf8))
        case .startKeyGeneration(let peers): .keyGeneration(.start(participants: peers.sorted()))
        case .keyGeneration(.part, _, let message): message.map { .keyGeneration(.part($0)) }
        case .keyGeneration(.acknowledgement, _, let message): message.map { .keyGeneration(.acknowledgement($0)) }
        case .accusation(let offender, let malice):
            malice.malice(eventDigest: eventDigest).map { .accusation(offender: offender, malice: $0) }
        case .unknown: nil
        }
    }

    /// Makes the text of an observation.
    ///
    /// An opaque payload that is no plain word of at most 16 letters and digits is shortened, as the reference does it:
    /// ten digits of its digest, and the first six letters and digits of its text.
    /// - Parameter eventName: finds the name of an event by its digest, for accusations.
    public init(_ observation: Observation, digest: Digest, eventName: (Digest) -> String?) {
        switch observation {
        case .genesis(let group, _): self = .genesis(group: group.map(\.sanitised))
        case .add(let peer, let info): self = .add(peer.sanitised, info: info)
        case .remove(let peer, let info): self = .remove(peer.sanitised, info: info)
        case .opaque(let payload): self = .opaque(DumpObservation.word(for: payload, digest: digest))
        case .keyGeneration(.start(let peers)): self = .startKeyGeneration(peers.map(\.sanitised))
        case .keyGeneration(.part(let message)):
            self = .keyGeneration(.part, number: DumpObservation.number(of: message), message: message)
        case .keyGeneration(.acknowledgement(let message)):
            self = .keyGeneration(.acknowledgement, number: DumpObservation.number(of: message), message: message)
        case .accusation(let offender, let malice):
            self = .accusation(offender: offender.sanitised, DumpMalice(malice, eventName: eventName))
        }
    }

    private static let longestWord = 16

    private static func word(for payload: [UInt8], digest: Digest) -> String {
        let letters = payload.filter(DOTScanner.isAlphanumeric)
        if letters == payload && !payload.isEmpty && payload.count <= longestWord {
            return String(decoding: payload, as: UTF8.self)
        }
        return digest.description.prefix(10) + String(decoding: letters.prefix(6), as: UTF8.self)
    }

    /// The number of the key generation, with which its messages begin.
    private static func number(of message: [UInt8]) -> UInt64 {
        message.dropFirst(4).prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}

extension DumpMalice {
    func malice(eventDigest: (String) -> Digest?) -> Malice? {
        switch self {
        case .fork(let event): eventDigest(event).map { .fork(selfParent: $0) }
        case .invalidAccusation(let event): eventDigest(event).map { .invalidAccusation(event: $0) }
        case .accomplice(let event, let malice):
            eventDigest(event).flatMap { digest in
                malice.malice(eventDigest: eventDigest).map { .accomplice(event: digest, $0) }
            }
        case .other(let code): .other(code: code, evidence: [])
        case .shown(let offence): .shown(offence)
        }
    }

    init(_ malice: Malice, eventName: (Digest) -> String?) {
        switch malice {
        case .fork(let selfParent): self = .fork(eventName(selfParent) ?? "unknown")
        case .invalidAccusation(let event): self = .invalidAccusation(eventName(event) ?? "unknown")
        case .accomplice(let event, let malice):
            self = .accomplice(eventName(event) ?? "unknown", DumpMalice(malice, eventName: eventName))
        case .other(let code, _): self = .other(code: code)
        case .shown(let offence): self = .shown(offence)
        }
    }
}
