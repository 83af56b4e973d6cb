public import Consensus
public import ParsecCore
public import Voting

/// Digests that are fast and spread well, but withstand no attacker: for simulations only.
public struct SimulatedDigests: ObservationDigests {
    public init() {}

    public func digest(_ bytes: [UInt8]) -> Digest {
        // The first digits of pi: constants with nothing up their sleeve.
        var lanes = SIMD4<UInt64>(
            0x243F_6A88_85A3_08D3,
            0x1319_8A2E_0370_7344,
            0xA409_3822_299F_31D0,
            0x082E_FA98_EC4E_6C89
        )
        let factor: UInt64 = 0x9E37_79B9_7F4A_7C15
        func mix(_ word: UInt64) {
            for lane in 0..<4 {
                var value = (lanes[lane] ^ word) &* (factor &+ UInt64(2 * lane))
                value ^= value >> 32
                lanes[lane] = value &+ lanes[(lane + 1) & 3].rotatedLeft(by: 17)
            }
        }
        var word: UInt64 = 0
        for (position, byte) in bytes.enumerated() {
            word = word << 8 | UInt64(byte)
            if position & 7 == 7 {
                mix(word)
                word = 0
            }
        }
        mix(word)
        mix(UInt64(bytes.count))
        for round in 0..<4 { mix(UInt64(round)) }
        return Digest(words: lanes[0], lanes[1], lanes[2], lanes[3])
    }
}

/// Signatures that anybody could forge, and that nobody in a simulation does.
public struct SimulatedSigner: EventSigner {
    public let id: PeerID

    public init(id: PeerID) {
        self.id = id
    }

    public func sign(_ digest: Digest) -> Signature { SimulatedVerifier.signature(of: digest, by: id) }
}

/// Verifies the signatures of ``SimulatedSigner``.
public struct SimulatedVerifier: EventVerifier {
    public init() {}

    public func isValid(_ signature: Signature, of digest: Digest, by peer: PeerID) -> Bool {
        signature == SimulatedVerifier.signature(of: digest, by: peer)
    }

    static func signature(of digest: Digest, by peer: PeerID) -> Signature {
        var writer = ByteWriter()
        writer.write(digest)
        writer.write(peer)
        let half = SimulatedDigests().digest(writer.bytes)
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

extension UInt64 {
    fileprivate func rotatedLeft(by count: UInt64) -> UInt64 { self << count | self >> (64 - count) }
}
