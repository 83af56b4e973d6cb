import ParsecCore
import Testing

@Suite struct SignatureTests {
    @Test("Bytes make a signature that has them, also as part of a longer string")
    func byteRoundTrip() throws {
        for start in 0..<32 as Range<UInt8> {
            let expected = (0..<64 as Range<UInt8>).map { ($0 &+ start) &* 37 }
            let signature = try #require(Signature(bytes: expected))
            #expect(signature.bytes == expected)
            #expect(Signature(bytes: ([9] + expected)[1...]) == signature)
        }
    }

    @Test("A signature is 64 bytes and nothing else", arguments: [0, 1, 32, 63, 65, 128])
    func wrongCount(count: Int) {
        #expect(Signature(bytes: [UInt8](repeating: 1, count: count)) == nil)
    }

    @Test("Signatures that differ in one byte are different")
    func equality() throws {
        var signatures: Set<Signature> = []
        for position in 0..<64 {
            var bytes = [UInt8](repeating: 0, count: 64)
            bytes[position] = 0x80
            signatures.insert(try #require(Signature(bytes: bytes)))
        }
        #expect(signatures.count == 64)
    }
}
