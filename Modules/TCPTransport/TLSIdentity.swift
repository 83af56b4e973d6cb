import Crypto
import Foundation
import Identity
import NIOSSL
import ParsecCore
import SwiftASN1
import Transport
import X509

/// What a peer shows to others in TLS, and how it finds out from what they show who they are.
///
/// A certificate is nothing but a vessel for the Ed25519 public key, which is the peer's identity: TLS proves that the
/// other side has the secret, and names, dates and issuers are not looked at (RFC 8446 section 4.4, RFC 8410).
struct TLSIdentity: Sendable {
    let server: NIOSSLContext
    let client: NIOSSLContext

    /// - Throws: ``TransportError/identity(reason:)``.
    init(_ keys: KeyPair) throws(TransportError) {
        do {
            let key = Certificate.PrivateKey(try Curve25519.Signing.PrivateKey(rawRepresentation: keys.secret))
            let name = try DistinguishedName { CommonName("parsec") }
            let certificate = try Certificate(
                version: .v3,
                serialNumber: Certificate.SerialNumber(),
                publicKey: key.publicKey,
                notValidBefore: Date(timeIntervalSince1970: 0),
                notValidAfter: Date(timeIntervalSince1970: 253_402_300_799),
                issuer: name,
                subject: name,
                signatureAlgorithm: .ed25519,
                extensions: Certificate.Extensions(),
                issuerPrivateKey: key
            )
            let chain: [NIOSSLCertificateSource] = [
                .certificate(try NIOSSLCertificate(bytes: certificate.serializeAsPEM().derBytes, format: .der))
            ]
            let secret = NIOSSLPrivateKeySource.privateKey(
                try NIOSSLPrivateKey(bytes: key.serializeAsPEM().derBytes, format: .der)
            )
            let serving = TLSConfiguration.makeServerConfiguration(certificateChain: chain, privateKey: secret)
            var dialing = TLSConfiguration.makeClientConfiguration()
            dialing.certificateChain = chain
            dialing.privateKey = secret
            server = try NIOSSLContext(configuration: TLSIdentity.restricted(serving))
            client = try NIOSSLContext(configuration: TLSIdentity.restricted(dialing))
        } catch { throw .identity(reason: "\(error)") }
    }

    private static func restricted(_ configuration: TLSConfiguration) -> TLSConfiguration {
        var configuration = configuration
        configuration.minimumTLSVersion = .tlsv13
        // Peers go by their keys and not by names.
        configuration.certificateVerification = .noHostnameVerification
        configuration.signingSignatureAlgorithms = [.ed25519]
        configuration.verifySignatureAlgorithms = [.ed25519]
        return configuration
    }

    /// The identity that a certificate holds; nil for one of another kind of key.
    static func identity(in certificates: [NIOSSLCertificate]) -> PeerID? {
        guard let key = try? certificates.first?.extractPublicKey().toSPKIBytes() else { return nil }
        // The header of an Ed25519 key in its X.509 form (RFC 8410 section 4).
        let header: [UInt8] = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]
        guard key.count == header.count + 32, key.starts(with: header) else { return nil }
        return PeerID(bytes: Array(key.dropFirst(header.count)))
    }
}
