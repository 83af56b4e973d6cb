import GraphFormats
import ArgumentParser
import Consensus
import Foundation
import Identity
import ParsecCore
import Serialization
import Simulation
import Voting

/// Looks at evidence of offences.
struct EvidenceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evidence",
        abstract: "Checks evidence that a peer broke a rule.",
        subcommands: [EvidenceCheckCommand.self]
    )
}

/// Checks evidence that somebody exported.
struct EvidenceCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Checks evidence with nothing but what is in the file.",
        discussion: """
            The file names the network that the evidence is about: compare its digest with that of yours, or give yours \
            with --network. The exit status is 0 if the evidence holds, 1 if it does not, 2 if the file is none.
            """
    )

    @Argument(help: "A file of evidence, as parsec-sim run --evidence writes.")
    var file: String

    @Option(help: "The digest of the network that the evidence has to be about, in hexadecimal digits.")
    var network: String?

    func run() throws {
        let found: EvidenceFile
        do { found = try EvidenceFile(encoded: Array(Data(contentsOf: URL(filePath: file)))) } catch {
            try fail(
                "\(file): no evidence: \((error as? WireError)?.description ?? error.localizedDescription)",
                status: 2
            )
        }
        let digests: any ObservationDigests
        switch found.digests {
        case .sha256: digests = SHA256Digests()
        case .simulated: digests = DumpDigests(events: SimulatedDigests())
        case .sha3: try fail("\(file): evidence of recordings cannot be checked", status: 2)
        }
        let verifier: any EventVerifier =
            switch found.signatures {
            case .ed25519: Ed25519Verifier()
            case .simulated: SimulatedVerifier()
            }
        let digest = found.network.digest(using: digests)
        if let network, network != digest.description {
            try fail("\(file): it is about the network \(digest), not about \(network)", status: 1)
        }
        do { try found.evidence.verify(network: found.network, digests: digests, verifier: verifier) } catch {
            try fail("\(file): the evidence does not hold: \(error)", status: 1)
        }
        print("\(name(found.evidence.offender, found.signatures)): \(found.evidence.offence)")
        print("\(found.evidence.events.count) signed events show it, in the network \(digest)")
    }

    private func name(_ peer: PeerID, _ kind: SignatureKind) -> String {
        kind == .ed25519 ? ReadableID.text(of: peer) ?? peer.description : peer.description
    }

    private func fail(_ text: String, status: Int32) throws -> Never {
        FileHandle.standardError.write(Data("\(text)\n".utf8))
        throw ExitCode(status)
    }
}
