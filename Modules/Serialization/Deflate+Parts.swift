import ParsecCore

extension ByteWriter {
    /// Writes bytes deflated, if that makes them fewer: their number, how many fewer are stored, and those.
    ///
    /// - Parameter level: how hard zlib tries, from 1 to 9; 0 stores the bytes as they are.
    mutating func write(deflating part: [UInt8], level: Int) {
        let deflated = level > 0 ? Deflate.deflated(part, level: level) : nil
        write(varint: part.count)
        write(varint: part.count - (deflated ?? part).count)
        append(deflated ?? part)
    }
}

extension ByteReader {
    /// Reads bytes that were written so; no room is made for more than their bound.
    mutating func inflated(_ field: String) throws(WireError) -> [UInt8] {
        let size = try varint(.inflatedBytes, field)
        let sizeOffset = offset
        let saved = try varint(field)
        guard saved == 0 || saved < size else { throw error(.notInflatable, field, at: sizeOffset) }
        let start = offset
        let part = try bytes(size - saved, field)
        if saved == 0 { return Array(part) }
        guard let inflated = Deflate.inflated(part, count: size) else { throw error(.notInflatable, field, at: start) }
        return inflated
    }
}
