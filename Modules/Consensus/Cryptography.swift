public import MetaVoting
public import Voting

/// What an engine gets from outside to digest, sign, verify and flip coins.
public struct Cryptography: Sendable {
    public let digests: any ObservationDigests
    public let signer: any EventSigner
    public let verifier: any EventVerifier
    public let coin: any Coin

    public init(
        digests: any ObservationDigests,
        signer: any EventSigner,
        verifier: any EventVerifier,
        coin: any Coin = AlternatingCoin()
    ) {
        self.digests = digests
        self.signer = signer
        self.verifier = verifier
        self.coin = coin
    }
}
