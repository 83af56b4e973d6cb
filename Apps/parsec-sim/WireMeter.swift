import Consensus
import ParsecCore
import Serialization
import Simulation
import Synchronization

/// The real wire, with a count of what goes over it and a clock for how long that takes.
final class WireMeter: SimulatedWire {
    /// What a run came to.
    struct Totals: Encodable, Sendable {
        var messages = 0
        var events = 0
        var bytes = 0

        /// The bytes if nothing were deflated.
        var bytesUncompressed = 0
        var bytesOfSignatures = 0
        var encodingMilliseconds = 0.0
        var decodingMilliseconds = 0.0
        var signaturesVerified = 0
        var verifyingMilliseconds = 0.0
    }

    private let codec: MessageCodec
    private let plain: MessageCodec
    private let state = Mutex(Totals())

    init(codec: MessageCodec) {
        self.codec = codec
        plain = MessageCodec(limits: codec.limits, compression: 0)
    }

    var totals: Totals { state.withLock { $0 } }

    func encode(_ message: GossipMessage, from engine: Engine) -> [UInt8] {
        let (bytes, milliseconds) = WireMeter.timed { codec.encode(message, from: engine) }
        let uncompressed = codec.compression == 0 ? bytes.count : plain.encode(message, from: engine).count
        state.withLock {
            $0.messages += 1
            $0.events += message.eventCount
            $0.bytes += bytes.count
            $0.bytesUncompressed += uncompressed
            $0.bytesOfSignatures += message.eventCount * Signature.byteCount
            $0.encodingMilliseconds += milliseconds
        }
        return bytes
    }

    func decode(_ bytes: [UInt8], for engine: Engine) throws -> (message: GossipMessage, unplaced: Int) {
        let (decoded, milliseconds) = try WireMeter.timed { try codec.decode(bytes, for: engine) }
        state.withLock { $0.decodingMilliseconds += milliseconds }
        return (decoded.message, decoded.unplaced)
    }

    func note(verified count: Int, milliseconds: Double) {
        state.withLock {
            $0.signaturesVerified += count
            $0.verifyingMilliseconds += milliseconds
        }
    }

    static func timed<Result>(_ body: () throws -> Result) rethrows -> (Result, milliseconds: Double) {
        let clock = ContinuousClock()
        let start = clock.now
        let result = try body()
        return (result, (clock.now - start) / .milliseconds(1))
    }
}

/// A verifier whose time is counted.
struct MeteredVerifier: EventVerifier {
    let verifier: any EventVerifier
    let meter: WireMeter

    var kind: SignatureKind { verifier.kind }

    func isValid(_ signature: Signature, of digest: Digest, by peer: PeerID) -> Bool {
        let (result, milliseconds) = WireMeter.timed { verifier.isValid(signature, of: digest, by: peer) }
        meter.note(verified: 1, milliseconds: milliseconds)
        return result
    }

    func areValid(_ signatures: [SignedDigest]) -> [Bool] {
        let (result, milliseconds) = WireMeter.timed { verifier.areValid(signatures) }
        meter.note(verified: signatures.count, milliseconds: milliseconds)
        return result
    }
}

extension WireMeter.Totals {
    /// What a run came to, in lines for people.
    var lines: [String] {
        var lines: [String] = []
        if messages > 0 {
            let perEvent = Double(bytes) / Double(max(1, events))
            let ratio = Double(bytes - bytesOfSignatures) / Double(max(1, bytesUncompressed - bytesOfSignatures))
            lines.append(
                "wire: \(messages) messages, \(events) events, \(bytes) bytes (\(perEvent.rounded(to: 1)) an event); zlib left "
                    + "\((100 * ratio).rounded(to: 1)) % of what is no signature"
            )
            lines.append(
                "      encoding \(encodingMilliseconds.rounded(to: 1)) ms, decoding "
                    + "\(decodingMilliseconds.rounded(to: 1)) ms"
            )
        }
        if signaturesVerified > 0 {
            lines.append(
                "keys: \(signaturesVerified) signatures verified in \(verifyingMilliseconds.rounded(to: 1)) ms"
            )
        }
        return lines
    }
}

extension Double {
    fileprivate func rounded(to digits: Int) -> Double {
        let factor = (0..<digits).reduce(1.0) { product, _ in 10 * product }
        return (factor * self).rounded() / factor
    }
}
