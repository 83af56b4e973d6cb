import Identity
import ParsecCore
import Serialization

/// A payment from one account to another, signed by the payer's key; accounts are identities.
struct Transfer: Hashable, Sendable {
    let payer: PeerID
    let payee: PeerID
    let amount: UInt64

    /// How many transfers the payer made before: each number counts once.
    let number: UInt64
    let signature: Signature

    /// What is signed; it names the network, so that no other network takes the transfer.
    private static func digest(_ network: Digest, _ payer: PeerID, _ payee: PeerID, _ amount: UInt64, _ number: UInt64)
        -> Digest
    {
        var writer = ByteWriter()
        writer.write(Array("ledger transfer 1".utf8))
        writer.write(network)
        writer.write(payer)
        writer.write(payee)
        writer.write(amount)
        writer.write(number)
        return SHA256Digests().digest(writer.bytes)
    }

    init(from keys: KeyPair, to payee: PeerID, amount: UInt64, number: UInt64, network: Digest) {
        payer = keys.id
        self.payee = payee
        self.amount = amount
        self.number = number
        signature = Ed25519Signer(keys).sign(Transfer.digest(network, payer, payee, amount, number))
    }

    /// Reads a payload; nil if it is no transfer, or not signed by its payer.
    init?(_ payload: [UInt8], network: Digest, verifier: Ed25519Verifier) {
        guard var reader = try? ByteReader(payload), let payer = try? reader.peer("payer"),
            let payee = try? reader.peer("payee"), let amount = try? reader.integer64("amount"),
            let number = try? reader.integer64("number"), let signature = try? reader.signature("signature"),
            (try? reader.end()) != nil,
            verifier.isValid(
                signature,
                of: Transfer.digest(network, payer, payee, amount, number),
                by: payer
            )
        else { return nil }
        self.payer = payer
        self.payee = payee
        self.amount = amount
        self.number = number
        self.signature = signature
    }

    var payload: [UInt8] {
        var writer = ByteWriter()
        writer.write(payer)
        writer.write(payee)
        writer.write(amount)
        writer.write(number)
        writer.append(signature.bytes)
        return writer.bytes
    }
}
