import GraphFormats
import ParsecCore
import Testing
import Voting

/// Observations become the texts of dumps, and these become observations again.
@Suite struct DumpObservationTests {
    private let digests = ReferenceDigests()
    private let event = Digest(words: 1, 2, 3, 4)

    private func text(_ observation: Observation) -> DumpObservation {
        DumpObservation(observation, digest: digests.digest(of: observation)) { $0 == event ? "A_5" : nil }
    }

    @Test(
        "What a dump says in full comes back as it was",
        arguments: [
            .genesis(group: ["Alice", "Bob"], info: []),
            .add("Fred", info: []),
            .add("Fred", info: [1, 2]),
            .remove("Fred", info: []),
            .remove("Fred", info: [0]),
            .opaque(Array("0123456789abcdef".utf8)),
            .keyGeneration(.start(participants: ["Alice", "Bob"])),
            .keyGeneration(.part([0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 99])),
            .keyGeneration(.acknowledgement([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0])),
            .accusation(offender: "Bob", malice: .fork(selfParent: Digest(words: 1, 2, 3, 4))),
            .accusation(offender: "Bob", malice: .invalidAccusation(event: Digest(words: 1, 2, 3, 4))),
            .accusation(
                offender: "Bob",
                malice: .accomplice(event: Digest(words: 1, 2, 3, 4), .fork(selfParent: Digest(words: 1, 2, 3, 4)))
            ),
        ] as [Observation]
    )
    func roundTrip(_ observation: Observation) {
        #expect(text(observation).observation { $0 == "A_5" ? event : nil } == observation)
    }

    @Test(
        "The text of an observation is that of the format",
        arguments: [
            (.genesis(group: ["A", "B"]), "Genesis({A, B})"),
            (.add("A", info: []), "Add(A)"),
            (.add("A", info: [1, 2]), "Add{ peer_id: A, related_info: [1, 2] }"),
            (.remove("A", info: []), "Remove(A)"),
            (.opaque("x"), "OpaquePayload(x)"),
            (.startKeyGeneration(["A", "B"]), "StartDkg({A, B})"),
            (.keyGeneration(.part, number: 3, message: [1]), "DkgMessage(DkgPart(3))"),
            (.keyGeneration(.acknowledgement, number: 3, message: nil), "DkgMessage(DkgAck(3))"),
            (.accusation(offender: "A", .fork("B_1")), "Accusation { A, Fork(B_1) }"),
            (
                .accusation(offender: "A", .accomplice("B_1", .invalidAccusation("B_2"))),
                "Accusation { A, Accomplice(B_1, InvalidAccusation(B_2)) }"
            ),
            (.unknown, "?"),
        ] as [(DumpObservation, String)]
    )
    func texts(_ observation: DumpObservation, _ expected: String) {
        #expect(observation.description == expected)
    }

    @Test("The number of a key generation is read from its message, however short that is")
    func generationNumber() {
        let message: [UInt8] = [0, 0, 0, 0, 7, 1, 0, 0, 0, 0, 0, 0, 99]
        #expect(text(.keyGeneration(.part(message))) == .keyGeneration(.part, number: 263, message: message))
        #expect(text(.keyGeneration(.part([]))) == .keyGeneration(.part, number: 0, message: []))
    }

    @Test(
        "A payload that is no short word is shortened to ten digits of its digest and six letters",
        arguments: ["0123456789abcdefg", "two words", "", "ä", "SectionInfo(SectionInfo(prefix: Prefix(123), ...))"]
    )
    func shortened(_ payload: String) {
        let observation = Observation.opaque(Array(payload.utf8))
        let digits = digests.digest(of: observation).description.prefix(10)
        let letters = payload.filter { $0.isASCII && ($0.isLetter || $0.isNumber) }
        #expect(text(observation) == .opaque(digits + String(letters.prefix(6))))
    }

    @Test("Names are reduced to letters and digits")
    func names() {
        #expect(text(.add("PublicId(name: 12abcd..)", info: [])) == .add("PublicIdname12abcd", info: []))
    }

    @Test("What a dump does not say is no observation")
    func missing() {
        #expect(DumpObservation.unknown.observation { _ in event } == nil)
        #expect(DumpObservation.keyGeneration(.part, number: 1, message: nil).observation { _ in event } == nil)
        #expect(DumpObservation.accusation(offender: "A", .fork("B_1")).observation { _ in nil } == nil)
        #expect(
            DumpObservation.accusation(offender: "A", .accomplice("B_1", .fork("B_2")))
                .observation { $0 == "B_1" ? event : nil } == nil
        )
    }
}
