public import Consensus
public import ParsecCore
public import Voting

/// Digests that are fast and spread well, but withstand no attacker: for simulations only.
public struct SimulatedDigests: ObservationDigests {
    public init() {}

    public var kind: DigestKind { .simulated }

    public func digest(_ bytes: [UInt8]) -> Digest {
        var lanes = Lanes()
        let wordCount = bytes.count / 8
        bytes.withUnsafeBytes { buffer in
            for place in 0..<wordCount {
                lanes.mix(UInt64(bigEndian: buffer.loadUnaligned(fromByteOffset: 8 * place, as: UInt64.self)))
            }
        }
        var word: UInt64 = 0
        for place in 8 * wordCount..<bytes.count { word = word << 8 | UInt64(bytes[place]) }
        return lanes.end(word, byteCount: bytes.count)
    }

    /// The digest of a digest and an identity, as a ``ByteWriter`` writes them, without writing them.
    fileprivate func digest(_ digest: Digest, _ peer: PeerID) -> Digest {
        var lanes = Lanes()
        for word in [digest.word0, digest.word1, digest.word2, digest.word3] { lanes.mix(word) }
        // The count of the identity's bytes comes first, in four bytes.
        var word = UInt64(UInt32(peer.bytes.count).byteSwapped)
        var place = 4
        for byte in peer.bytes {
            if place % 8 == 0 {
                lanes.mix(word)
                word = 0
            }
            word = word << 8 | UInt64(byte)
            place += 1
        }
        if place % 8 == 0 {
            lanes.mix(word)
            word = 0
        }
        return lanes.end(word, byteCount: 32 + place)
    }

    /// The state of a digest that is being computed.
    private struct Lanes {
        // The first digits of pi: constants with nothing up their sleeve.
        var a: UInt64 = 0x243F_6A88_85A3_08D3
        var b: UInt64 = 0x1319_8A2E_0370_7344
        var c: UInt64 = 0xA409_3822_299F_31D0
        var d: UInt64 = 0x082E_FA98_EC4E_6C89

        mutating func mix(_ word: UInt64) {
            a = Lanes.spread((a ^ word) &* 0x9E37_79B9_7F4A_7C15, b)
            b = Lanes.spread((b ^ word) &* 0x9E37_79B9_7F4A_7C17, c)
            c = Lanes.spread((c ^ word) &* 0x9E37_79B9_7F4A_7C19, d)
            d = Lanes.spread((d ^ word) &* 0x9E37_79B9_7F4A_7C1B, a)
        }

        /// The digest, after the bytes that fill no word.
        mutating func end(_ word: UInt64, byteCount: Int) -> Digest {
            mix(word)
            mix(UInt64(byteCount))
            for round in 0..<4 as Range<UInt64> { mix(round) }
            return Digest(words: a, b, c, d)
        }

        private static func spread(_ product: UInt64, _ next: UInt64) -> UInt64 {
            (product ^ (product >> 32)) &+ (next << 17 | next >> 47)
        }
    }
}

/// Signatures that anybody could forge, and that nobody in a simulation does.
public struct SimulatedSigner: EventSigner {
    public let id: PeerID

    public var kind: SignatureKind { .simulated }

    public init(id: PeerID) {
        self.id = id
    }

    public func sign(_ digest: Digest) -> Signature { SimulatedVerifier.signature(of: digest, by: id) }
}

/// Verifies the signatures of ``SimulatedSigner``.
public struct SimulatedVerifier: EventVerifier {
    public init() {}

    public var kind: SignatureKind { .simulated }

    public func isValid(_ signature: Signature, of digest: Digest, by peer: PeerID) -> Bool {
        signature == SimulatedVerifier.signature(of: digest, by: peer)
    }

    static func signature(of digest: Digest, by peer: PeerID) -> Signature {
        let half = SimulatedDigests().digest(digest, peer)
        return Signature(
            words: SIMD8(
                half.word0,
                half.word1,
                half.word2,
                half.word3,
                digest.word0,
                digest.word1,
                digest.word2,
                digest.word3
            )
        )
    }
}

extension Cryptography {
    /// Makes the simulated cryptography of a peer.
    ///
    /// - Parameter digests: other digests, if the simulation's graphs are to mean something elsewhere.
    public static func simulated(_ id: PeerID, digests: any ObservationDigests = SimulatedDigests()) -> Cryptography {
        Cryptography(digests: digests, signer: SimulatedSigner(id: id), verifier: SimulatedVerifier())
    }
}
