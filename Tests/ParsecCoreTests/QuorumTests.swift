import ParsecCore
import Testing

@Suite struct QuorumTests {
    @Test("The least supermajorities of 1 to 10 voters are those of the protocol's table")
    func table() {
        let leasts = (1...10).map { Quorum(of: $0).supermajority }
        #expect(leasts == [1, 2, 3, 3, 4, 5, 5, 6, 7, 7])
    }

    @Test("A supermajority is more than two thirds of the voters, exactly")
    func supermajority() {
        for voters in 1...200 {
            let quorum = Quorum(of: voters)
            #expect(quorum.voterCount == voters)
            let found = (0...voters).filter { quorum.isSupermajority($0) }
            let expected = (0...voters).filter { 3 * $0 > 2 * voters }
            #expect(found == expected, "\(voters) voters")
            #expect(quorum.supermajority == expected.first, "\(voters) voters")
        }
    }

    @Test("One third is at least a third of the voters, exactly")
    func oneThird() {
        for voters in 1...200 {
            let quorum = Quorum(of: voters)
            let found = (0...voters).filter { quorum.isOneThird($0) }
            let expected = (0...voters).filter { 3 * $0 >= voters }
            #expect(found == expected, "\(voters) voters")
            #expect(quorum.oneThird == expected.first, "\(voters) voters")
        }
    }

    @Test("No number of voters is a supermajority of none")
    func noVoters() {
        for count in [0, 1, 2, 1000] { #expect(!Quorum(of: 0).isSupermajority(count)) }
    }

    @Test("Two supermajorities share more than a third of the voters, so an honest one")
    func intersection() {
        for voters in 1...200 {
            let shared = 2 * Quorum(of: voters).supermajority - voters
            #expect(3 * shared > voters, "\(voters) voters")
        }
    }
}
