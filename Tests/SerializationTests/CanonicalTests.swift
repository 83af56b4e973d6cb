import Consensus
import GossipGraph
import ParsecCore
import Serialization
import Simulation
import Testing
import Voting

/// What is hashed and signed has one encoding, and decoders take no other.
@Suite struct CanonicalTests {
    // MARK: - Random values

    private struct Values {
        var random: SeededGenerator

        mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

        mutating func bytes(_ most: Int) -> [UInt8] {
            (0..<number(0...most)).map { _ in UInt8.random(in: 0...255, using: &random) }
        }

        mutating func digest() -> Digest { Digest(words: random.next(), random.next(), random.next(), random.next()) }

        mutating func peer() -> PeerID { PeerID(bytes: bytes(40)) }

        mutating func peers() -> [PeerID] { Set((0..<number(0...5)).map { _ in peer() }).sorted() }

        mutating func malice(depth: Int = 0) -> Malice {
            switch number(0...3) {
            case 0: .fork(selfParent: digest())
            case 1: .invalidAccusation(event: digest())
            case 2 where depth < 7: .accomplice(event: digest(), malice(depth: depth + 1))
            default: .other(code: UInt8(number(0...255)), evidence: bytes(50))
            }
        }

        mutating func observation() -> Observation {
            switch number(0...7) {
            case 0: .genesis(group: peers(), info: bytes(20))
            case 1: .add(peer(), info: bytes(20))
            case 2: .remove(peer(), info: bytes(20))
            case 3: .accusation(offender: peer(), malice: malice())
            case 4: .opaque(bytes(300))
            case 5: .keyGeneration(.start(participants: peers()))
            case 6: .keyGeneration(.part(bytes(30)))
            default: .keyGeneration(.acknowledgement(bytes(30)))
            }
        }

        mutating func header() -> EventHeader {
            let content: EventHeader.Content =
                switch number(0...4) {
                case 0: .initial
                case 1: .requesting(recipient: peer())
                case 2: .request(otherParent: digest())
                case 3: .response(otherParent: digest())
                default: .observation(root: digest())
                }
            let selfParent = number(0...1) == 0 ? nil : digest()
            return EventHeader(network: digest(), creator: peer(), selfParent: selfParent, content: content)
        }

        mutating func proof() -> BlockProof {
            let observation = observation()
            let voters = peers()
            let votes = voters.map { voter in
                var header = header()
                header = EventHeader(network: header.network, creator: voter, selfParent: nil, content: header.content)
                let siblings = (0..<number(0...4)).map { _ in digest() }
                let path = MerklePath(index: number(0...9), count: number(0...99), siblings: siblings)
                let words = SIMD8<UInt64>((0..<8).map { _ in random.next() })
                return Block.Vote(header: header, path: path, signature: Signature(words: words))
            }
            return BlockProof(
                Block(
                    number: number(0...9),
                    previous: digest(),
                    election: number(0...9),
                    observation: DigestedObservation(observation, digest: SimulatedDigests().digest(of: observation)),
                    voter: number(0...1) == 0 ? nil : peer(),
                    voters: voters,
                    votes: votes,
                    function: SimulatedDigests()
                )
            )
        }
    }

    private func decodeProof(_ bytes: [UInt8]) throws(WireError) -> BlockProof {
        try BlockProof(encoded: bytes, digests: SimulatedDigests(), signatures: .simulated)
    }

    private func encode(_ proof: BlockProof) -> [UInt8] { proof.encoded(digests: .simulated, signatures: .simulated) }

    // MARK: - Round trips

    @Test("What is encoded decodes to the same value", arguments: 1...200 as ClosedRange<UInt64>)
    func roundTrip(seed: UInt64) throws {
        var values = Values(random: SeededGenerator(seed: seed))
        let observation = values.observation()
        #expect(try Observation(encoded: observation.encoded) == observation)
        let header = values.header()
        #expect(try EventHeader(encoded: header.encoded) == header)
        let proof = values.proof()
        #expect(try decodeProof(encode(proof)) == proof)
        let run = BlockRun([proof.block]).encoded(digests: .simulated, signatures: .simulated)
        #expect(
            try BlockRun(encoded: run, digests: SimulatedDigests(), signatures: .simulated).blocks == [proof.block]
        )
    }

    @Test("The encoded bytes of observations and headers are those that their digests are computed of")
    func digested() {
        var values = Values(random: SeededGenerator(seed: 9))
        for _ in 0..<50 {
            let (observation, header) = (values.observation(), values.header())
            #expect(SimulatedDigests().digest(observation.encoded) == SimulatedDigests().digest(of: observation))
            #expect(SimulatedDigests().digest(header.encoded) == header.digest(using: SimulatedDigests()))
        }
    }

    /// Tries decoders on bytes: what is taken encodes to these very bytes.
    private func checkCanonical(_ bytes: [UInt8]) {
        if let observation = try? Observation(encoded: bytes) { #expect(observation.encoded == bytes) }
        if let header = try? EventHeader(encoded: bytes) { #expect(header.encoded == bytes) }
        if let proof = try? decodeProof(bytes) { #expect(encode(proof) == bytes) }
    }

    @Test("Cut at any byte, a value is refused; with any byte changed, it is refused or another value of these bytes")
    func changes() {
        var values = Values(random: SeededGenerator(seed: 4))
        for _ in 0..<5 {
            let (observation, header, proof) = (values.observation(), values.header(), values.proof())
            for bytes in [observation.encoded, header.encoded, encode(proof)] {
                for count in 0..<bytes.count {
                    let cut = Array(bytes.prefix(count))
                    #expect((try? Observation(encoded: cut)) == nil && (try? EventHeader(encoded: cut)) == nil)
                    #expect((try? decodeProof(cut)) == nil)
                }
                checkCanonical(bytes + [0])
                for place in bytes.indices {
                    for value in [bytes[place] &+ 1, bytes[place] ^ 0x80, 0xFF] {
                        var changed = bytes
                        changed[place] = value
                        checkCanonical(changed)
                    }
                }
            }
        }
    }

    @Test("Random bytes never trap a decoder", arguments: 1...20 as ClosedRange<UInt64>)
    func noise(seed: UInt64) {
        var values = Values(random: SeededGenerator(seed: seed))
        for _ in 0..<100 {
            let noise = values.bytes(200)
            checkCanonical(noise)
            for domain in HashDomain.allCases { checkCanonical([domain.rawValue, ByteWriter.version] + noise) }
        }
    }

    // MARK: - Errors

    private func error(_ bytes: [UInt8], _ limits: WireLimits = WireLimits()) -> WireError? {
        do {
            _ = try Observation(encoded: bytes, limits: limits)
            return nil
        } catch { return error }
    }

    @Test("An error says what is wrong, in which field, at which byte, and which bound it is")
    func errors() {
        #expect(error([]) == WireError(.truncated, field: "observation.begin", offset: 0))
        #expect(error([3, 1]) == WireError(.unknown(3), field: "observation.begin", offset: 0))
        #expect(error([2, 9]) == WireError(.unknown(9), field: "observation.begin", offset: 1))
        #expect(error([2, 1, 8]) == WireError(.unknown(8), field: "observation.kind", offset: 2))
        #expect(error([2, 1, 4, 5, 0, 0, 0, 1]) == WireError(.truncated, field: "observation.payload", offset: 7))
        #expect(error([2, 1, 4, 0, 0, 0, 0, 7]) == WireError(.trailing(1), field: "end", offset: 7))
        let huge = WireError.Reason.tooMany(.observationBytes, count: 0xFFFF_FFFF, limit: 1 << 20)
        #expect(error([2, 1, 4, 255, 255, 255, 255]) == WireError(huge, field: "observation.payload", offset: 3))
        let unordered = Observation.genesis(group: ["B", "A"], info: [])
        #expect(error(unordered.encoded) == WireError(.notCanonical, field: "observation.group", offset: 12))
        #expect(error(Observation.genesis(group: ["A", "A"], info: []).encoded)?.reason == .notCanonical)
    }

    @Test("Every bound holds: as many as it says are taken, one more is refused by its name")
    func bounds() {
        var limits = WireLimits()
        (limits.observationBytes, limits.identityBytes, limits.peers, limits.maliceDepth) = (20, 4, 2, 2)
        #expect(error(Observation.opaque([UInt8](repeating: 1, count: 13)).encoded, limits) == nil)
        #expect(error(Observation.opaque([UInt8](repeating: 1, count: 14)).encoded, limits)?.bound == .observationBytes)
        limits.observationBytes = 200
        #expect(error(Observation.add("Four", info: []).encoded, limits) == nil)
        #expect(error(Observation.add("Fifth", info: []).encoded, limits)?.bound == .identityBytes)
        #expect(error(Observation.genesis(group: ["A", "B"], info: []).encoded, limits) == nil)
        #expect(error(Observation.genesis(group: ["A", "B", "C"], info: []).encoded, limits)?.bound == .peers)
        let zero = Digest(words: 0, 0, 0, 0)
        let one = Malice.accomplice(event: zero, .fork(selfParent: zero))
        #expect(error(Observation.accusation(offender: "A", malice: one).encoded, limits) == nil)
        let two = Malice.accomplice(event: zero, one)
        #expect(error(Observation.accusation(offender: "A", malice: two).encoded, limits)?.bound == .maliceDepth)
        limits.bytes = 6
        #expect(error(Observation.opaque([]).encoded, limits)?.bound == .bytes)
    }

    @Test("A proof of other digests or signatures is refused")
    func kinds() {
        var values = Values(random: SeededGenerator(seed: 1))
        let proof = values.proof()
        do {
            _ = try decodeProof(proof.encoded(digests: .sha256, signatures: .simulated))
            Issue.record("taken")
        } catch { #expect(error == WireError(.unknown(1), field: "block.digests", offset: 2)) }
        do {
            _ = try decodeProof(proof.encoded(digests: .simulated, signatures: .ed25519))
            Issue.record("taken")
        } catch { #expect(error == WireError(.unknown(1), field: "block.signatures", offset: 3)) }
    }
}

extension WireError {
    /// The bound that was exceeded, if that is what is wrong.
    fileprivate var bound: WireLimits.Bound? {
        if case .tooMany(let bound, _, _) = reason { bound } else { nil }
    }
}
