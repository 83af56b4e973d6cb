import Membership
import ParsecCore
import Testing
import Voting

@Suite struct PeerStateTests {
    @Test("A state is written as its flags: VOTE or else DKG, then SEND and RECV")
    func description() {
        let table: [(PeerState, String)] = [
            ([], ""),
            (.generateKeys, "DKG"),
            (.vote, "VOTE"),
            (.send, "SEND"),
            (.receive, "RECV"),
            ([.vote, .generateKeys], "VOTE"),
            ([.generateKeys, .receive], "DKG|RECV"),
            ([.generateKeys, .send, .receive], "DKG|SEND|RECV"),
            ([.send, .receive], "SEND|RECV"),
            ([.vote, .send], "VOTE|SEND"),
            (.active, "VOTE|SEND|RECV"),
        ]
        for (state, text) in table { #expect(state.description == text) }
    }

    @Test("A voter takes part in key generations, but not the other way round")
    func inclusion() {
        #expect(PeerState.vote.contains(.generateKeys))
        #expect(!PeerState.generateKeys.contains(.vote))
        #expect(PeerState.active.contains([.vote, .send, .receive]))
        #expect(PeerState.active.rawValue == 0b1111)
        #expect(![.send, .receive].contains(PeerState.generateKeys))
    }

    @Test("Every reason to refuse a vote names the peer in a sentence of its own")
    func admissionErrors() {
        let errors: [AdmissionError] = [
            .alreadyMember("Eric"), .identityNotFresh("Eric"), .notMember("Eric"), .lastMember("Eric"),
        ]
        #expect(Set(errors.map(\.description)).count == errors.count)
        #expect(errors.allSatisfy { $0.description.hasPrefix("Eric is") || $0.description.hasPrefix("Eric was") })
    }
}
