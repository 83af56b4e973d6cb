import struct Crypto.SHA256
public import ParsecCore

/// The readable form of a peer's identity: `peer-` and base 32 (RFC 4648, lower case, without padding) of the 32 bytes of
/// the public key and 4 bytes of checksum.
public enum ReadableID {
    /// What is wrong with a text that should be an identity.
    public enum Fault: Error, Hashable, Sendable, CustomStringConvertible {
        /// It does not begin with `peer-`.
        case prefix

        /// It has more or fewer characters than an identity has.
        case length(Int)

        /// A character is none of `a` to `z` and `2` to `7`.
        case character(Character, position: Int)

        /// The checksum is not that of the key: a character is mistyped.
        case checksum

        public var description: String {
            switch self {
            case .prefix: "an identity begins with \"\(ReadableID.prefix)\""
            case .length(let count):
                "an identity has \(ReadableID.characterCount) characters after \"\(ReadableID.prefix)\", found \(count)"
            case .character(let character, let position):
                "character \(position + 1) is \"\(character)\"; an identity has a to z and 2 to 7 only"
            case .checksum: "the checksum is wrong: a character of the identity is mistyped"
            }
        }
    }

    static let prefix = "peer-"
    static let characterCount = 58

    /// Makes the readable form of an identity of 32 bytes; other identities have none.
    public static func text(of id: PeerID) -> String? {
        guard id.bytes.count == KeyPair.secretByteCount else { return nil }
        return prefix + Base32.encode(id.bytes + checksum(id.bytes))
    }

    /// Reads an identity.
    public static func read(_ text: String) throws(Fault) -> PeerID {
        guard text.hasPrefix(prefix) else { throw .prefix }
        let rest = text.dropFirst(prefix.count)
        guard rest.count == characterCount else { throw .length(rest.count) }
        let bytes: [UInt8]
        do { bytes = try Base32.decode(rest) } catch {
            throw .character(error.character, position: prefix.count + error.position)
        }
        let key = Array(bytes.prefix(KeyPair.secretByteCount))
        guard bytes.count == key.count + 4, Array(bytes.suffix(4)) == checksum(key),
            self.text(of: PeerID(bytes: key)) == text
        else { throw .checksum }
        return PeerID(bytes: key)
    }

    private static func checksum(_ key: [UInt8]) -> [UInt8] {
        Array(SHA256.hash(data: Array("parsec identity 1".utf8) + key).prefix(4))
    }
}
