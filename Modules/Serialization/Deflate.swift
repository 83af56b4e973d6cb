import CZlib

/// Compression by DEFLATE (RFC 1951), through zlib.
enum Deflate {
    /// Deflates bytes; nil if they do not shrink.
    ///
    /// - Parameter level: 1, the fastest, to 9.
    static func deflated(_ bytes: [UInt8], level: Int) -> [UInt8]? {
        guard bytes.count > 1 else { return nil }
        var stream = z_stream()
        guard parsec_deflate_begin(&stream, Int32(level)) == Z_OK else { return nil }
        defer { deflateEnd(&stream) }
        // What does not fit into one byte less than before has not shrunk.
        let room = bytes.count - 1
        let result = [UInt8](unsafeUninitializedCapacity: room) { output, count in
            bytes.withUnsafeBufferPointer { input in
                // zlib does not change its input, though its type says that it may.
                stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(room)
                let status = deflate(&stream, Z_FINISH)
                count = status == Z_STREAM_END ? room - Int(stream.avail_out) : 0
            }
        }
        return result.isEmpty ? nil : result
    }

    /// Inflates bytes to exactly as many as announced; nil if they are malformed or come to more or fewer.
    ///
    /// No more than that is ever made room for, so that a bomb costs its announced size at most.
    static func inflated(_ bytes: some Collection<UInt8>, count expected: Int) -> [UInt8]? {
        var stream = z_stream()
        guard parsec_inflate_begin(&stream) == Z_OK else { return nil }
        defer { inflateEnd(&stream) }
        let input = Array(bytes)
        var isWhole = false
        let result = [UInt8](unsafeUninitializedCapacity: expected) { output, count in
            input.withUnsafeBufferPointer { input in
                // zlib does not change its input, though its type says that it may.
                stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(expected)
                let status = inflate(&stream, Z_FINISH)
                count = expected - Int(stream.avail_out)
                isWhole = status == Z_STREAM_END && stream.avail_in == 0 && stream.avail_out == 0
            }
        }
        return isWhole ? result : nil
    }
}
