/// Finds brackets that do not match, and headers without a name: what the parser takes for granted that it is not there,
/// and stops the process over.
///
/// Goes over a document once and passes by strings and comments (TOML 1.0, "String" and "Comment").
struct BracketCheck {
    private let scalars: [Unicode.Scalar]
    private var place = 0
    private var line = 1
    private var open: [(bracket: Unicode.Scalar, line: Int)] = []

    /// Whether a value may follow on this line: where it may not, a bracket begins a header.
    private var isAfterEqualsSign = false

    /// - Throws: ``ScenarioFileError`` at the first bracket without its partner or name.
    static func run(_ text: String) throws(ScenarioFileError) {
        var check = BracketCheck(text)
        try check.run()
    }

    private init(_ text: String) {
        scalars = Array(text.unicodeScalars)
    }

    private mutating func run() throws(ScenarioFileError) {
        while place < scalars.count {
            let scalar = scalars[place]
            switch scalar {
            case "#": while place < scalars.count && scalars[place] != "\n" { place += 1 }
            case "\"", "'": passString(scalar)
            case "[", "{":
                if scalar == "[" && open.isEmpty && !isAfterEqualsSign { try checkHeader() }
                open.append((scalar, line))
                place += 1
            case "]", "}":
                let partner: Unicode.Scalar = scalar == "]" ? "[" : "{"
                guard open.popLast()?.bracket == partner else {
                    throw ScenarioFileError(line: line, key: nil, message: "no TOML: \(scalar) without \(partner)")
                }
                place += 1
            default:
                if scalar == "\n" { line += 1 }
                if scalar == "=" { isAfterEqualsSign = true }
                if "\n\r\u{B}\u{C}".unicodeScalars.contains(scalar) { isAfterEqualsSign = false }
                place += 1
            }
        }
        if let last = open.last {
            throw ScenarioFileError(line: last.line, key: nil, message: "no TOML: \(last.bracket) is not closed")
        }
    }

    /// Checks that a name follows on the one or two brackets of a header.
    private func checkHeader() throws(ScenarioFileError) {
        let rest = scalars[place...]
        let brackets = rest.prefix { $0 == "[" }.count
        let next = rest.dropFirst(brackets).drop { $0 == " " || $0 == "\t" }.first
        let isName = next.map {
            $0.isASCII && ($0.properties.isAlphabetic || "0123456789_-\"'".unicodeScalars.contains($0))
        }
        guard brackets <= 2, isName == true else {
            throw ScenarioFileError(line: line, key: nil, message: "expected a name after the bracket")
        }
    }

    /// Passes by a string; one that does not end is for the parser to complain about.
    private mutating func passString(_ quote: Unicode.Scalar) {
        let isLong = place + 2 < scalars.count && scalars[place + 1] == quote && scalars[place + 2] == quote
        place += isLong ? 3 : 1
        while place < scalars.count {
            let scalar = scalars[place]
            if scalar == "\n" {
                if !isLong { return }
                line += 1
            }
            if scalar == "\\" && quote == "\"" {
                place += 1
                if place < scalars.count && scalars[place] == "\n" { line += 1 }
            } else if scalar == quote {
                let count = scalars[place...].prefix { $0 == quote }.count
                if !isLong || count >= 3 {
                    place += isLong ? count : 1
                    return
                }
            }
            place += 1
        }
    }
}
