import App
import Consensus
import Identity
import ParsecCore
import Testing
import Voting

@testable import ledger

@Suite struct LedgerTests {
    private let network = Digest(words: 1, 2, 3, 4)

    private func keys(_ byte: UInt8) throws -> KeyPair {
        try #require(KeyPair(secret: [UInt8](repeating: byte, count: KeyPair.secretByteCount)))
    }

    /// Asks as a node does.
    private func admit(_ payload: [UInt8], _ ledger: any Application) async throws { try await ledger.admit(payload) }

    private func block(_ observation: Observation) -> Block {
        Block(
            number: 0,
            previous: network,
            election: 0,
            observation: DigestedObservation(observation, digest: SHA256Digests().digest(of: observation)),
            voter: nil,
            voters: [],
            votes: [],
            function: SHA256Digests()
        )
    }

    private func transfer(_ payer: UInt8, _ payee: UInt8, _ amount: UInt64, number: UInt64, in network: Digest? = nil)
        throws
        -> [UInt8]
    {
        Transfer(
            from: try keys(payer),
            to: try keys(payee).id,
            amount: amount,
            number: number,
            network: network ?? self.network
        ).payload
    }

    @Test("Of two transfers that spend the same, the one that is ordered first counts, and no money comes or goes")
    func doubleSpend() async throws {
        let ledger = Ledger(network: network)
        let (alice, bob, carol) = (try keys(1).id, try keys(2).id, try keys(3).id)
        _ = await ledger.apply(block(.genesis(group: [alice], info: [])))
        let first = try transfer(1, 2, 1_000_000, number: 0)
        let second = try transfer(1, 3, 1_000_000, number: 0)
        // Both make sense as long as neither is ordered.
        for payload in [first, second] { try await admit(payload, ledger) }
        let before = await ledger.apply(block(.opaque(first)))
        let after = await ledger.apply(block(.opaque(second)))
        #expect(before == after)
        #expect(await ledger.account(alice) == Ledger.Account(balance: 0, transfers: 1))
        #expect(await ledger.account(bob).balance == 1_000_000)
        #expect(await ledger.account(carol).balance == 0)
        await #expect(throws: Rejection.self) { try await admit(second, ledger) }
        // To oneself, with the number after the next, and of more than there is: nothing changes.
        for payload in [
            try transfer(2, 2, 1, number: 0), try transfer(2, 3, 1, number: 1),
            try transfer(2, 3, 1_000_001, number: 0),
        ] { #expect(await ledger.apply(block(.opaque(payload))) == after) }
    }

    @Test("A transfer that is changed, not the payer's or of another network is none")
    func forgery() async throws {
        let ledger = Ledger(network: network)
        _ = await ledger.apply(block(.genesis(group: [try keys(1).id], info: [])))
        let good = try transfer(1, 2, 5, number: 0)
        try await admit(good, ledger)
        for place in good.indices {
            var changed = good
            changed[place] ^= 1
            await #expect(throws: Rejection.self) { try await admit(changed, ledger) }
        }
        let elsewhere = try transfer(1, 2, 5, number: 0, in: Digest(words: 9, 9, 9, 9))
        for payload in [good.dropLast() + [], good + [0], [], elsewhere] {
            await #expect(throws: Rejection.self) { try await admit(payload, ledger) }
        }
    }

    @Test("A ledger goes back to a state that it was in")
    func snapshot() async throws {
        let ledger: any Application = Ledger(network: network)
        _ = await ledger.apply(block(.genesis(group: [try keys(1).id, try keys(2).id], info: [])))
        _ = await ledger.apply(block(.opaque(try transfer(1, 3, 7, number: 0))))
        let snapshot = try #require(await ledger.snapshot())
        let copy: any Application = Ledger(network: network)
        try await copy.restore(snapshot)
        let next = block(.opaque(try transfer(2, 1, 9, number: 0)))
        let (one, other) = (await copy.apply(next), await ledger.apply(next))
        #expect(one == other)
        await #expect(throws: (any Error).self) { try await copy.restore(snapshot.dropLast() + []) }
    }
}
