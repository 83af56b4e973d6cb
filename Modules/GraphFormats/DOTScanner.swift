/// Reads a dump byte by byte, and knows where it is when something is wrong.
struct DOTScanner {
    private let bytes: [UInt8]
    private(set) var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { position >= bytes.count }

    /// The next byte, or 0 at the end.
    var next: UInt8 { position < bytes.count ? bytes[position] : 0 }

    /// Describes what is wrong at a position, by default the current one.
    func error(expected: String, at place: Int? = nil) -> DOTError {
        let place = min(place ?? position, bytes.count)
        var line = 1
        var lineStart = 0
        for index in 0..<place where bytes[index] == UInt8(ascii: "\n") {
            line += 1
            lineStart = index + 1
        }
        let rest = bytes[place...].prefix(24).prefix { $0 != UInt8(ascii: "\n") }
        var found = "\"\(String(decoding: rest, as: UTF8.self))\""
        if rest.isEmpty { found = place == bytes.count ? "the end of the file" : "the end of the line" }
        return DOTError(line: line, column: place - lineStart + 1, expected: expected, found: found)
    }

    // MARK: - Skipping

    mutating func skipBlanks() {
        while next == UInt8(ascii: " ") || next == UInt8(ascii: "\t") { position += 1 }
    }

    mutating func skipWhitespace() {
        while !isAtEnd, DOTScanner.isWhitespace(next) { position += 1 }
    }

    /// Skips the rest of the line with its end.
    mutating func skipLine() throws(DOTError) {
        while !isAtEnd && next != UInt8(ascii: "\n") { position += 1 }
        guard !isAtEnd else { throw error(expected: "the end of the line") }
        position += 1
    }

    /// Skips blanks and the end of the line; anything else before the end is an error.
    mutating func expectLineEnd() throws(DOTError) {
        while next == UInt8(ascii: " ") || next == UInt8(ascii: "\t") || next == UInt8(ascii: "\r") { position += 1 }
        guard take("\n") else { throw error(expected: "the end of the line") }
    }

    /// Skips to a byte, which is not skipped.
    mutating func skip(to byte: UInt8) throws(DOTError) {
        while !isAtEnd && next != byte { position += 1 }
        guard !isAtEnd else { throw error(expected: "\"\(Character(UnicodeScalar(byte)))\"") }
    }

    /// Skips balanced square brackets, with everything between them.
    mutating func skipBrackets() throws(DOTError) {
        let start = position
        guard next == UInt8(ascii: "[") else { throw error(expected: "\"[\"") }
        var depth = 0
        while !isAtEnd {
            if next == UInt8(ascii: "[") { depth += 1 }
            if next == UInt8(ascii: "]") { depth -= 1 }
            position += 1
            if depth == 0 { return }
        }
        throw error(expected: "\"]\" to close this bracket", at: start)
    }

    // MARK: - Reading

    /// Skips a text if it comes next; says whether it did.
    mutating func take(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard position + count <= bytes.count else { return false }
        for offset in 0..<count where bytes[position + offset] != text.utf8Start[offset] { return false }
        position += count
        return true
    }

    mutating func expect(_ text: StaticString) throws(DOTError) {
        guard take(text) else { throw error(expected: "\"\(text)\"") }
    }

    /// Skips the mark of a comment line, and a text behind it.
    mutating func expectComment(_ text: StaticString = "") throws(DOTError) {
        try expect("///")
        skipBlanks()
        try expect(text)
    }

    /// Reads the letters and digits that come next; there may be none.
    mutating func word() -> ArraySlice<UInt8> {
        let start = position
        while DOTScanner.isAlphanumeric(next) { position += 1 }
        return bytes[start..<position]
    }

    /// Reads a name of letters and digits.
    mutating func identifier(_ what: String) throws(DOTError) -> ArraySlice<UInt8> {
        let name = word()
        guard !name.isEmpty else { throw error(expected: what) }
        return name
    }

    /// Reads the name of an event, such as `A_2` or `A_2,1`.
    mutating func eventName() throws(DOTError) -> ArraySlice<UInt8> {
        let start = position
        while DOTScanner.isAlphanumeric(next) || next == UInt8(ascii: "_") || next == UInt8(ascii: ",") {
            position += 1
        }
        guard start < position else { throw error(expected: "the name of an event") }
        return bytes[start..<position]
    }

    /// Reads a natural number up to a limit.
    mutating func number(upTo limit: UInt64) throws(DOTError) -> UInt64 {
        let start = position
        var value: UInt64 = 0
        while next >= UInt8(ascii: "0") && next <= UInt8(ascii: "9") {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(next - UInt8(ascii: "0")))
            guard !overflow && !carry && sum <= limit else {
                throw error(expected: "a number up to \(limit)", at: start)
            }
            value = sum
            position += 1
        }
        guard start < position else { throw error(expected: "a number") }
        return value
    }

    /// Reads `first, second, ...` up to a closing text, which is skipped.
    mutating func list(
        closing: StaticString,
        _ element: (inout DOTScanner) throws(DOTError) -> Void
    ) throws(DOTError) {
        if take(closing) { return }
        while true {
            try element(&self)
            if take(closing) { return }
            guard take(",") else { throw error(expected: "\",\" or \"\(closing)\"") }
            skipBlanks()
        }
    }

    private static func isWhitespace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\t")
            || byte == UInt8(ascii: "\r")
    }

    static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: false
        }
    }
}
