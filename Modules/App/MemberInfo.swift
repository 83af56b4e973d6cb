public import ParsecCore
public import Serialization
public import Transport

/// What the members agree on about one of them, beside its identity: the info of its Add observation.
public struct MemberInfo: Hashable, Sendable {
    /// Where it takes connections; empty for a peer that only makes them.
    public let addresses: [PeerAddress]

    /// The most addresses of one member.
    public static let mostAddresses = 8

    public init(addresses: [PeerAddress]) {
        self.addresses = Array(addresses.prefix(MemberInfo.mostAddresses))
    }

    /// Reads the info of an Add observation; nil if it was written by something else.
    public init?(info: [UInt8]) {
        guard var reader = try? ByteReader(info), let read = try? MemberInfo(from: &reader), (try? reader.end()) != nil
        else { return nil }
        self = read
    }

    /// The info of an Add observation.
    public var info: [UInt8] {
        var writer = ByteWriter()
        write(to: &writer)
        return writer.bytes
    }

    public func write(to writer: inout ByteWriter) {
        writer.write(UInt8(addresses.count))
        for address in addresses { writer.write(Array(address.description.utf8)) }
    }

    /// - Throws: ``WireError``.
    public init(from reader: inout ByteReader) throws(WireError) {
        let start = reader.offset
        let count = try reader.byte("member.addresses")
        guard count <= MemberInfo.mostAddresses else {
            throw reader.error(.unknown(UInt64(count)), "member.addresses", at: start)
        }
        var addresses: [PeerAddress] = []
        for _ in 0..<count {
            let start = reader.offset
            let bytes = try reader.string(.identityBytes, "member.address")
            guard let text = String(validating: bytes, as: UTF8.self), let address = PeerAddress(text) else {
                throw reader.error(.notCanonical, "member.address", at: start)
            }
            addresses.append(address)
        }
        self.addresses = addresses
    }
}
