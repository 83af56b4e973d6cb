import Consensus
import Foundation
import Identity
import MetaVoting
import ParsecCore
import Testing
import Voting

@Suite struct IdentityTests {
    private func keys(_ byte: UInt8) throws -> KeyPair {
        try #require(KeyPair(secret: [UInt8](repeating: byte, count: KeyPair.secretByteCount)))
    }

    private func hexadecimal(_ text: String) -> [UInt8] {
        stride(from: 0, to: text.count, by: 2).map { offset in
            UInt8(text.dropFirst(offset).prefix(2), radix: 16) ?? 0
        }
    }

    // MARK: - Digests and signatures

    @Test("SHA-256 gives the digests of FIPS 180-4's examples")
    func sha256() {
        let digests = SHA256Digests()
        #expect(
            digests.digest(Array("abc".utf8)).description
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        )
        #expect(
            digests.digest([]).description == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        )
    }

    @Test("A secret has the public key of RFC 8032's first example, as the identity")
    func publicKey() throws {
        let secret = hexadecimal("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
        let keys = try #require(KeyPair(secret: secret))
        #expect(keys.id.bytes == hexadecimal("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"))
        #expect(keys.secret == secret)
        #expect(KeyPair(secret: Array(secret.dropLast())) == nil)
    }

    @Test("A signature is valid for its digest and signer only")
    func signatures() throws {
        let (alice, bob) = (try keys(1), try keys(2))
        let digest = SHA256Digests().digest([1])
        let signature = Ed25519Signer(alice).sign(digest)
        let verifier = Ed25519Verifier()
        #expect(verifier.isValid(signature, of: digest, by: alice.id))
        #expect(!verifier.isValid(signature, of: SHA256Digests().digest([2]), by: alice.id))
        #expect(!verifier.isValid(signature, of: digest, by: bob.id))
        var bytes = signature.bytes
        bytes[5] ^= 1
        #expect(!verifier.isValid(try #require(Signature(bytes: bytes)), of: digest, by: alice.id))
        for id in [PeerID("Alice"), PeerID(bytes: []), PeerID(bytes: [UInt8](repeating: 0xFF, count: 32))] {
            #expect(!verifier.isValid(signature, of: digest, by: id))
            #expect(!verifier.isValid(signature, of: digest, by: id))
        }
    }

    @Test("Many signatures are checked to the same result as one by one, in their order", arguments: [0, 1, 7, 8, 100])
    func batches(count: Int) throws {
        let signers = try (1...4).map { Ed25519Signer(try keys($0)) }
        let verifier = Ed25519Verifier()
        let signed = (0..<count).map { place in
            let digest = SHA256Digests().digest([UInt8(place)])
            let signer = signers[place % 4]
            // Every third is signed by somebody else.
            let claimed = place % 3 == 0 ? signers[(place + 1) % 4].id : signer.id
            return SignedDigest(signature: signer.sign(digest), digest: digest, signer: claimed)
        }
        #expect(verifier.areValid(signed) == (0..<count).map { $0 % 3 != 0 })
    }

    @Test("Engines with real keys agree, and their blocks prove themselves")
    func engines() throws {
        let verifier = Ed25519Verifier()
        let all = try (1...4).map { try keys($0) }
        let network = Network(genesis: all.map(\.id))
        var engines = try all.map { try Engine(member: .standard($0, verifier: verifier), of: network) }
        for place in engines.indices { try engines[place].vote(for: .opaque([1, 2, 3])) }
        for round in 0..<64 {
            let sender = round % 4
            let receiver = (sender + 1 + round / 4 % 3) % 4
            let request = try engines[sender].gossip(to: all[receiver].id)
            let receipt = try engines[receiver].receive(request, from: all[sender].id)
            #expect(receipt.refused.isEmpty)
            if let response = receipt.response {
                _ = try engines[sender].receive(response, from: all[receiver].id)
            }
        }
        var blocks: [Block] = []
        while let block = engines[0].nextBlock() { blocks.append(block) }
        #expect(blocks.map(\.observation) == [network.genesisObservation, .opaque([1, 2, 3])])
        for block in blocks {
            try BlockProof(block).verify(
                network: network,
                voters: network.genesis,
                digests: SHA256Digests(),
                verifier: verifier
            )
        }
    }

    // MARK: - Readable identities

    @Test("An identity reads as it was written, and each mistyped character is noticed")
    func readable() throws {
        for byte in 0..<20 as Range<UInt8> {
            let id = try keys(byte).id
            let text = try #require(ReadableID.text(of: id))
            #expect(text.count == 63)
            #expect(try ReadableID.read(text) == id)
            for place in text.indices.dropFirst(5) {
                var changed = text
                changed.replaceSubrange(place...place, with: text[place] == "a" ? "b" : "a")
                #expect(throws: ReadableID.Fault.self) { try ReadableID.read(changed) }
            }
        }
        #expect(ReadableID.text(of: "Alice") == nil)
    }

    @Test("What is no identity is refused with the reason")
    func unreadable() throws {
        let text = try #require(ReadableID.text(of: keys(1).id))
        func fault(_ text: String) -> ReadableID.Fault? {
            do {
                _ = try ReadableID.read(text)
                return nil
            } catch { return error }
        }
        #expect(fault("") == .prefix && fault("pear-" + text.dropFirst(5)) == .prefix)
        #expect(fault(String(text.dropLast())) == .length(57) && fault(text + "a") == .length(59))
        #expect(fault(text.replacing(text.suffix(1), with: "!", maxReplacements: 1)) != nil)
        #expect(fault("peer-" + String(repeating: "1", count: 58)) == .character("1", position: 5))
        #expect(fault(text.uppercased()) == .prefix)
    }

    // MARK: - Key files

    /// Calls with a path of a file that is not there yet, and removes it afterwards.
    private func withPath(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.appending(path: "key").path)
    }

    @Test("A key file has mode 600, and is read as it was written")
    func keyFile() throws {
        try withPath { path in
            let keys = try keys(7)
            try KeyFile.write(keys, to: path)
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            #expect(try KeyFile.read(path).secret == keys.secret)
            #expect(throws: KeyFile.Fault.exists(path: path)) { try KeyFile.write(keys, to: path) }
        }
    }

    @Test(
        "A key file that others may read is refused, with what to do",
        arguments: [0o640, 0o604, 0o660, 0o644, 0o601]
    )
    func wideMode(mode: Int) throws {
        try withPath { path in
            try KeyFile.write(keys(7), to: path)
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
            #expect(throws: KeyFile.Fault.modeTooWide(path: path, mode: mode)) { try KeyFile.read(path) }
            do { _ = try KeyFile.read(path) } catch { #expect("\(error)".contains("chmod 600 \(path)")) }
        }
    }

    @Test("A file without a key, or no file, is refused")
    func badFiles() throws {
        try withPath { path in
            #expect(throws: KeyFile.Fault.self) { try KeyFile.read(path) }
            try KeyFile.write(keys(7), to: path)
            let good = try String(contentsOfFile: path, encoding: .utf8)
            let bad = [
                "", "parsec-key-1 ", "parsec-key-2 aaaa", "parsec-key-1 \(String(repeating: "1", count: 52))",
                "\n\(good)", good + good, "\(good)more",
            ]
            for text in bad {
                try Data(text.utf8).write(to: URL(filePath: path))
                try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
                #expect(throws: KeyFile.Fault.malformed(path: path)) { try KeyFile.read(path) }
            }
        }
    }
}
