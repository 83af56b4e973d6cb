/// Finds the lines of the keys of a TOML document.
///
/// The parser says where a document is malformed, but not where a value stands. This looks at how lines begin and takes
/// for granted that the document is well formed.
struct KeyLines {
    /// Lines by path: `gossip.interval`, `step[2].at`, and `step[2]` for the header itself.
    private var lines: [String: Int] = [:]

    init(_ text: String) {
        var prefix = ""
        var counts: [String: Int] = [:]
        var openString: String?
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if let quotes = openString {
                if line.contains(quotes) { openString = nil }
                continue
            }
            let content = line.drop { $0 == " " || $0 == "\t" }
            if content.hasPrefix("[[") {
                let name = KeyLines.name(content.dropFirst(2), until: "]")
                let position = counts[name, default: 0]
                counts[name] = position + 1
                prefix = "\(name)[\(position)]"
                lines[prefix] = number + 1
                prefix += "."
            } else if content.hasPrefix("["), !content.contains("=") {
                prefix = KeyLines.name(content.dropFirst(1), until: "]")
                lines[prefix] = number + 1
                prefix += "."
            } else if content.contains("="), !content.hasPrefix("#") {
                let name = KeyLines.name(content, until: "=")
                if lines[prefix + name] == nil { lines[prefix + name] = number + 1 }
                openString = KeyLines.openString(content)
            }
        }
    }

    /// The line of a path, or of the innermost table around it.
    func line(of path: String) -> Int? {
        var path = Substring(path)
        while !path.isEmpty {
            if let line = lines[String(path)] { return line }
            guard let dot = path.lastIndex(where: { $0 == "." || $0 == "[" }) else { return nil }
            path = path[..<dot]
        }
        return nil
    }

    private static func name(_ text: Substring, until end: Character) -> String {
        String(text.prefix { $0 != end }.filter { $0 != " " && $0 != "\t" && $0 != "\"" && $0 != "'" })
    }

    /// The quotes of a string that begins in a line and ends in a later one.
    private static func openString(_ line: Substring) -> String? {
        ["\"\"\"", "'''"].first { quotes in
            guard let begin = line.firstRange(of: quotes) else { return false }
            return !line[begin.upperBound...].contains(quotes)
        }
    }
}
