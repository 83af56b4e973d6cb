import ParsecCore
import Simulation
import Testing
import Voting

@Suite struct ObservationTests {
    /// Observations of all kinds, many of which differ only in where one part ends and the next begins.
    static let tricky: [Observation] = {
        let digests = [Digest(words: 0, 0, 0, 0), Digest(words: 0, 0, 0, 1), Digest(words: 1, 0, 0, 0)]
        let strings: [[UInt8]] = [
            [], [0], [0, 0], [1], [1, 0, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0, 0x41], [0x41], [0x41, 0x42],
        ]
        let peers = strings.map { PeerID(bytes: $0) }
        var lists: [[PeerID]] = [[], ["AB"], ["A", "B"], ["B", "A"], ["A", "A"], ["A", "", "B"], ["A", "B", ""]]
        lists += peers.map { [$0] }
        lists = Array(Set(lists)).sorted { "\($0)" < "\($1)" }

        var malices: [Malice] = []
        for digest in digests {
            malices += [.fork(selfParent: digest), .invalidAccusation(event: digest)]
            malices += strings.map { .other(code: 0, evidence: digest.bytes + $0) }
        }
        for code in 1...3 as ClosedRange<UInt8> { malices += strings.map { .other(code: code, evidence: $0) } }
        malices += malices.map { .accomplice(event: digests[0], $0) }
        malices += digests.map { .accomplice(event: $0, .accomplice(event: digests[1], .fork(selfParent: $0))) }

        var observations: [Observation] = []
        for string in strings {
            observations += lists.map { .genesis(group: $0, info: string) }
            observations += peers.flatMap { [.add($0, info: string), .remove($0, info: string)] }
            observations += [
                .opaque(string), .keyGeneration(.part(string)), .keyGeneration(.acknowledgement(string)),
            ]
        }
        observations += lists.map { .keyGeneration(.start(participants: $0)) }
        for peer in peers { observations += malices.map { .accusation(offender: peer, malice: $0) } }
        return Array(Set(observations))
    }()

    private func bytes(_ observation: Observation) -> [UInt8] {
        var writer = ByteWriter()
        observation.write(to: &writer)
        return writer.bytes
    }

    @Test("Different observations are written as different bytes")
    func injective() {
        #expect(ObservationTests.tricky.count > 1000)
        #expect(Set(ObservationTests.tricky.map(bytes)).count == ObservationTests.tricky.count)
    }

    @Test("No observation's bytes are the beginning of another's")
    func prefixFree() {
        let sorted = ObservationTests.tricky.map(bytes).sorted { $0.lexicographicallyPrecedes($1) }
        let prefixes = zip(sorted, sorted.dropFirst()).filter { $1.starts(with: $0) }
        #expect(prefixes.isEmpty)
    }

    @Test("The byte count of an observation is the number of bytes that are written")
    func byteCount() {
        let wrong = ObservationTests.tricky.filter { $0.byteCount != bytes($0).count }
        #expect(wrong.isEmpty)
    }

    @Test(
        "The digest of an observation is that of its domain, version and bytes, so that different observations differ"
    )
    func digests() {
        let function = SimulatedDigests()
        let digests = ObservationTests.tricky.map { function.digest(of: $0) }
        #expect(digests == ObservationTests.tricky.map { function.digest([2, 1] + bytes($0)) })
        #expect(Set(digests).count == digests.count)
    }

    @Test("Messages of a key generation need one vote, opaque payloads what the network says, all else a supermajority")
    func modes() {
        let fork = Malice.fork(selfParent: Digest(words: 1, 2, 3, 4))
        let supermajority: [Observation] = [
            .genesis(group: ["A"], info: []), .add("A", info: []), .remove("A", info: []),
            .accusation(offender: "A", malice: fork), .keyGeneration(.start(participants: ["A"])),
        ]
        let single: [Observation] = [.keyGeneration(.part([1])), .keyGeneration(.acknowledgement([1]))]
        for mode in ConsensusMode.allCases {
            for observation in supermajority { #expect(observation.mode(opaqueMode: mode) == .supermajority) }
            for observation in single { #expect(observation.mode(opaqueMode: mode) == .single) }
            #expect(Observation.opaque([1]).mode(opaqueMode: mode) == mode)
        }
    }

    @Test("Only key generation is ordered without being handed out")
    func internals() {
        for observation in ObservationTests.tricky {
            let isKeyGeneration = if case .keyGeneration = observation { true } else { false }
            #expect(observation.isInternal == isKeyGeneration)
        }
    }
}
