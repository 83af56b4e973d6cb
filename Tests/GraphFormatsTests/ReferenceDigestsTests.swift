import GraphFormats
import ParsecCore
import Testing
import Voting

@Suite struct ReferenceDigestsTests {
    @Test("The digests of payloads are those of the reference (`protocol.md` section 8.4, test vectors)")
    func vectors() {
        let vectors: [(Observation, String)] = [
            (
                .genesis(group: ["Alice", "Bob", "Carol", "Dave"], info: []),
                "181acff73711013c5df11e21c5edd964e180a3e02896ba627983aebc0651e1dd"
            ),
            (.opaque(Array("0".utf8)), "c93ff2cda7e9dd6a49b12c4fccdbaa0fe1b25b1e92421f288b06bfe53122be0f"),
            (
                .opaque(Array("SectionInfo(SectionInfo(prefix: Prefix(123), ...))".utf8)),
                "883e91de12e4d2ad95ed5178b9fa9808651e1f1622d7086db18d23ad1ea56134"
            ),
            (
                .remove("PublicId(name: ef4fb9..)", info: []),
                "ec3e4e61b9dc0daa33039cd3b5e66ed5d845b603c5fd61b463175276abbbd8fd"
            ),
        ]
        for (observation, digest) in vectors {
            #expect(ReferenceDigests().digest(of: observation).description == digest)
        }
    }

    @Test("Different observations have different digests")
    func distinct() {
        let digest = Digest(words: 1, 2, 3, 4)
        let observations: [Observation] = [
            .add("A", info: []), .add("A", info: [0]), .remove("A", info: []), .opaque([]), .opaque([0]),
            .accusation(offender: "A", malice: .fork(selfParent: digest)),
            .accusation(offender: "A", malice: .invalidAccusation(event: digest)),
            .accusation(offender: "A", malice: .accomplice(event: digest, .fork(selfParent: digest))),
            .accusation(offender: "B", malice: .fork(selfParent: digest)),
            .accusation(offender: "A", malice: .other(code: 1, evidence: [])),
            .keyGeneration(.start(participants: ["A"])), .keyGeneration(.part([1])), .keyGeneration(.part([2])),
        ]
        #expect(Set(observations.map { ReferenceDigests().digest(of: $0) }).count == observations.count)
    }
}
