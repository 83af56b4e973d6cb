import ParsecCore

extension ByteWriter {
    /// Writes a number in as few groups of seven bits as it takes, the lowest first (LEB128).
    mutating func write(varint value: Int) {
        var rest = UInt64(value)
        while rest >= 0x80 {
            write(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        write(UInt8(rest))
    }

    /// Writes a difference: small ones of either sign take one byte.
    mutating func write(difference value: Int) { write(varint: value >= 0 ? 2 * value : -2 * value - 1) }
}

extension ByteReader {
    /// Reads a number; more groups than it takes are refused.
    mutating func varint(_ field: String) throws(WireError) -> Int {
        let start = offset
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 63, by: 7) {
            let group = try byte(field)
            value |= UInt64(group & 0x7F) << shift
            guard group & 0x80 == 0 else { continue }
            if group == 0 && shift > 0 { throw error(.notCanonical, field, at: start) }
            return Int(value)
        }
        throw error(.notCanonical, field, at: start)
    }

    /// Reads a number that counts things, which is at most their bound.
    mutating func varint(_ bound: WireLimits.Bound, _ field: String) throws(WireError) -> Int {
        let start = offset
        let value = try varint(field)
        let limit = limits.limit(bound)
        guard value <= limit else { throw error(.tooMany(bound, count: value, limit: limit), field, at: start) }
        return value
    }

    /// Reads a number that is less than a count.
    mutating func varint(below count: Int, _ field: String) throws(WireError) -> Int {
        let start = offset
        let value = try varint(field)
        guard value < count else { throw error(.unknown(UInt64(value)), field, at: start) }
        return value
    }

    mutating func difference(_ field: String) throws(WireError) -> Int {
        let value = try varint(field)
        return value & 1 == 0 ? value / 2 : -(value / 2) - 1
    }
}
