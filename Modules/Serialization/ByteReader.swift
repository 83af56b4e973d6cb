public import ParsecCore

/// Reads values from bytes as ``ByteWriter`` writes them, within bounds.
public struct ByteReader: Sendable {
    private let bytes: ArraySlice<UInt8>
    private var place: Int

    public let limits: WireLimits

    /// - Throws: ``WireError`` if there are more bytes than the bound.
    public init(_ bytes: [UInt8], limits: WireLimits = WireLimits()) throws(WireError) {
        self.bytes = bytes[...]
        self.limits = limits
        place = 0
        try check(.bytes, bytes.count, "value")
    }

    /// Makes a reader of what was checked against a bound of its own before.
    init(checked bytes: [UInt8], limits: WireLimits) {
        self.bytes = bytes[...]
        self.limits = limits
        place = 0
    }

    /// The number of bytes that are left.
    public var remaining: Int { bytes.count - place }

    /// The offset of the next byte.
    public var offset: Int { place }

    /// Makes an error about the byte before which the reader stands, or about one before it.
    public func error(_ reason: WireError.Reason, _ field: String, at offset: Int? = nil) -> WireError {
        WireError(reason, field: field, offset: offset ?? place)
    }

    /// Checks a count against its bound.
    public func check(_ bound: WireLimits.Bound, _ count: Int, _ field: String) throws(WireError) {
        let limit = limits.limit(bound)
        guard count <= limit else { throw error(.tooMany(bound, count: count, limit: limit), field) }
    }

    /// Checks that all bytes were read.
    public func end() throws(WireError) {
        guard remaining == 0 else { throw error(.trailing(remaining), "end") }
    }

    private mutating func take(_ count: Int, _ field: String) throws(WireError) -> ArraySlice<UInt8> {
        guard count <= remaining else { throw error(.truncated, field) }
        defer { place += count }
        return bytes[place..<place + count]
    }

    /// Puts what was read since an offset among what was read before; false if the same bytes are there already.
    func insert(from start: Int, into stretches: inout DistinctStretches) -> Bool {
        bytes.withUnsafeBytes { stretches.insert(start..<place, of: $0) }
    }

    // MARK: - Values

    /// Reads so many bytes.
    mutating func bytes(_ count: Int, _ field: String) throws(WireError) -> ArraySlice<UInt8> {
        try take(count, field)
    }

    public mutating func byte(_ field: String) throws(WireError) -> UInt8 {
        guard remaining > 0 else { throw error(.truncated, field) }
        defer { place += 1 }
        return bytes[place]
    }

    public mutating func integer64(_ field: String) throws(WireError) -> UInt64 {
        try take(8, field).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    public mutating func integer32(_ field: String) throws(WireError) -> UInt32 {
        try take(4, field).reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// Reads a number of 64 bits that a count can hold.
    public mutating func nonnegative(_ field: String) throws(WireError) -> Int {
        let start = offset
        let value = try integer64(field)
        guard let number = Int(exactly: value) else { throw error(.unknown(value), field, at: start) }
        return number
    }

    /// Reads a count of 32 bits, which is at most its bound.
    public mutating func count(_ bound: WireLimits.Bound, _ field: String) throws(WireError) -> Int {
        let start = place
        let value = Int(try integer32(field))
        let limit = limits.limit(bound)
        guard value <= limit else { throw error(.tooMany(bound, count: value, limit: limit), field, at: start) }
        return value
    }

    /// Reads a byte string, preceded by its count.
    public mutating func string(_ bound: WireLimits.Bound, _ field: String) throws(WireError) -> [UInt8] {
        let count = try count(bound, field)
        return Array(try take(count, field))
    }

    public mutating func digest(_ field: String) throws(WireError) -> Digest {
        guard let digest = Digest(bytes: try take(Digest.byteCount, field)) else { throw error(.truncated, field) }
        return digest
    }

    public mutating func signature(_ field: String) throws(WireError) -> Signature {
        guard let signature = Signature(bytes: Array(try take(64, field))) else { throw error(.truncated, field) }
        return signature
    }

    public mutating func peer(_ field: String) throws(WireError) -> PeerID {
        PeerID(bytes: try string(.identityBytes, field))
    }

    /// Reads a list of identities in ascending order, each once.
    public mutating func ascendingPeers(_ field: String) throws(WireError) -> [PeerID] {
        let count = try count(.peers, field)
        var peers: [PeerID] = []
        for _ in 0..<count {
            let start = place
            let peer = try peer(field)
            if let last = peers.last, last >= peer { throw error(.notCanonical, field, at: start) }
            peers.append(peer)
        }
        return peers
    }

    /// Reads whether something follows: 0 or 1.
    public mutating func flag(_ field: String) throws(WireError) -> Bool {
        let start = place
        let value = try byte(field)
        guard value <= 1 else { throw error(.unknown(UInt64(value)), field, at: start) }
        return value == 1
    }

    /// Reads a byte that can only be one.
    mutating func expect(_ expected: UInt8, _ field: String) throws(WireError) {
        let start = offset
        let value = try byte(field)
        guard value == expected else { throw error(.unknown(UInt64(value)), field, at: start) }
    }

    /// Reads a domain and the version of a layout.
    public mutating func begin(_ domain: HashDomain, _ field: String) throws(WireError) {
        for expected in [domain.rawValue, ByteWriter.version] { try expect(expected, field) }
    }
}
