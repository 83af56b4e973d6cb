import App
import Identity
import ParsecCore
import Serialization
import Voting

/// Accounts and what is on them, the same at every node after the same block.
///
/// The founders of the network begin with a million each. A transfer that comes when its number is used up, or when the
/// money is gone, changes nothing: of two that spend the same, the one that is ordered first counts.
actor Ledger: Application {
    struct Account: Hashable, Sendable {
        var balance: UInt64 = 0

        /// How many transfers were made from it.
        var transfers: UInt64 = 0
    }

    private static let founderBalance: UInt64 = 1_000_000

    private let network: Digest
    private let verifier = Ed25519Verifier()
    private var accounts: [PeerID: Account] = [:]

    init(network: Digest) {
        self.network = network
    }

    func account(_ id: PeerID) -> Account { accounts[id] ?? Account() }

    // MARK: - Application

    func admit(_ payload: [UInt8]) throws(Rejection) {
        guard let transfer = Transfer(payload, network: network, verifier: verifier) else {
            throw Rejection("no transfer that its payer signed for this network")
        }
        let payer = account(transfer.payer)
        guard transfer.number >= payer.transfers else {
            throw Rejection("transfer \(transfer.number) was made; the next is number \(payer.transfers)")
        }
        guard transfer.amount <= payer.balance else {
            throw Rejection("\(transfer.amount) are to be paid, \(payer.balance) are there")
        }
    }

    func apply(_ block: Block) -> [UInt8] {
        switch block.observation {
        case .genesis(let founders, _):
            for founder in founders { accounts[founder, default: Account()].balance += Ledger.founderBalance }
        case .opaque(let payload):
            if let transfer = Transfer(payload, network: network, verifier: verifier) { carryOut(transfer) }
        case .add, .remove, .accusation, .keyGeneration: break
        }
        return SHA256Digests().digest(state).bytes
    }

    private func carryOut(_ transfer: Transfer) {
        let payer = account(transfer.payer)
        guard transfer.number == payer.transfers, transfer.amount <= payer.balance, transfer.payer != transfer.payee
        else { return }
        accounts[transfer.payer] = Account(balance: payer.balance - transfer.amount, transfers: payer.transfers + 1)
        // All the money there is fits: the founders' is all there ever was.
        accounts[transfer.payee, default: Account()].balance += transfer.amount
    }

    func snapshot() -> [UInt8]? { state }

    func restore(_ snapshot: [UInt8]) throws {
        var reader = try ByteReader(snapshot)
        accounts = [:]
        while reader.remaining > 0 {
            let id = try reader.peer("account")
            accounts[id] = Account(
                balance: try reader.integer64("balance"),
                transfers: try reader.integer64("transfers")
            )
        }
    }

    private var state: [UInt8] {
        var writer = ByteWriter()
        for (id, account) in accounts.sorted(by: { $0.key < $1.key }) {
            writer.write(id)
            writer.write(account.balance)
            writer.write(account.transfers)
        }
        return writer.bytes
    }
}
