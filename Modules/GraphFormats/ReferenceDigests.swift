import struct Crypto.SHA3_256
public import ParsecCore
public import Voting

/// The digests of payloads as the reference computes them: SHA3-256 of its serialised form (`protocol.md` section 2.3).
///
/// Peers are the reference's mock identities: a name, and two keys that are the digest of the name.
public struct ReferenceDigests: ObservationDigests {
    public init() {}

    public var kind: DigestKind { .sha3 }

    public func digest(_ bytes: [UInt8]) -> Digest {
        var words: [UInt64] = []
        words.reserveCapacity(4)
        var word: UInt64 = 0
        for (position, byte) in SHA3_256.hash(data: bytes).enumerated() {
            word = word << 8 | UInt64(byte)
            if position % 8 == 7 { words.append(word) }
        }
        return Digest(words: words[0], words[1], words[2], words[3])
    }

    public func digest(of observation: Observation) -> Digest {
        var bytes: [UInt8] = []
        switch observation {
        case .genesis(let group, let info):
            append(0 as UInt32, to: &bytes)
            append(group, to: &bytes)
            append(info, to: &bytes)
        case .add(let peer, let info):
            append(1 as UInt32, to: &bytes)
            append(peer, to: &bytes)
            append(info, to: &bytes)
        case .remove(let peer, let info):
            append(2 as UInt32, to: &bytes)
            append(peer, to: &bytes)
            append(info, to: &bytes)
        case .accusation(let offender, let malice):
            append(3 as UInt32, to: &bytes)
            append(offender, to: &bytes)
            append(malice, to: &bytes)
        case .opaque(let payload):
            append(4 as UInt32, to: &bytes)
            append(payload, to: &bytes)
        case .keyGeneration(.start(let participants)):
            append(5 as UInt32, to: &bytes)
            append(participants, to: &bytes)
        case .keyGeneration(.part(let message)), .keyGeneration(.acknowledgement(let message)):
            // The message says itself which of the two it is.
            append(7 as UInt32, to: &bytes)
            bytes.append(contentsOf: message)
        }
        return digest(bytes)
    }

    private func append(_ value: UInt32, to bytes: inout [UInt8]) {
        for shift in stride(from: UInt32(0), to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
    }

    private func append(count: Int, to bytes: inout [UInt8]) {
        for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: count >> shift)) }
    }

    private func append(_ string: [UInt8], to bytes: inout [UInt8]) {
        append(count: string.count, to: &bytes)
        bytes.append(contentsOf: string)
    }

    private func append(_ peers: [PeerID], to bytes: inout [UInt8]) {
        append(count: peers.count, to: &bytes)
        for peer in peers { append(peer, to: &bytes) }
    }

    private func append(_ peer: PeerID, to bytes: inout [UInt8]) {
        append(peer.bytes, to: &bytes)
        let key = digest(peer.bytes).bytes
        bytes.append(contentsOf: key)
        bytes.append(contentsOf: key)
    }

    /// The numbers of the kinds are those of the reference; what it has no kind for goes by its own code.
    private func append(_ malice: Malice, to bytes: inout [UInt8]) {
        switch malice {
        case .fork(let selfParent):
            append(4 as UInt32, to: &bytes)
            bytes.append(contentsOf: selfParent.bytes)
        case .invalidAccusation(let event):
            append(5 as UInt32, to: &bytes)
            bytes.append(contentsOf: event.bytes)
        case .accomplice(let event, let malice):
            append(11 as UInt32, to: &bytes)
            bytes.append(contentsOf: event.bytes)
            append(malice, to: &bytes)
        case .other(let code, let evidence):
            append(UInt32(code), to: &bytes)
            bytes.append(contentsOf: evidence)
        case .shown(let offence):
            // Beyond what a code of the reference can be.
            append(256 + UInt32(offence.rawValue), to: &bytes)
        }
    }
}
