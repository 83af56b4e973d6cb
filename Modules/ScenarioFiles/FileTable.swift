import ParsecCore
import TOMLKit

/// One table of a scenario file: values by key, with errors that say where they stand.
struct FileTable {
    private let table: TOMLTable
    private let path: String
    private let lines: KeyLines

    /// Reads a document.
    init(document text: String) throws(ScenarioFileError) {
        try BracketCheck.run(text)
        do { table = try TOMLTable(string: text) } catch {
            guard let error = error as? TOMLParseError else {
                throw ScenarioFileError(line: nil, key: nil, message: "\(error)")
            }
            let line = Int(error.source.begin.line)
            throw ScenarioFileError(line: line, key: nil, message: "no TOML: \(error.description)")
        }
        path = ""
        lines = KeyLines(text)
    }

    private init(_ table: TOMLTable, path: String, lines: KeyLines) {
        self.table = table
        self.path = path
        self.lines = lines
    }

    // MARK: - Errors

    private func place(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    /// An error about a key, or, with none, about the table.
    func error(_ key: String?, _ message: String) -> ScenarioFileError {
        let place = key.map(place) ?? path
        return ScenarioFileError(line: lines.line(of: place), key: place.isEmpty ? nil : place, message: message)
    }

    private func wrongType(_ key: String, _ expected: String, _ value: any TOMLValueConvertible) -> ScenarioFileError {
        error(key, "expected \(expected), found \(value.type)")
    }

    /// Refuses keys that mean nothing.
    func allow(_ keys: [String]) throws(ScenarioFileError) {
        for key in table.keys.sorted() where !keys.contains(key) {
            throw error(key, "unknown key; expected one of \(keys.joined(separator: ", "))")
        }
    }

    // MARK: - Values

    func has(_ key: String) -> Bool { table.contains(key: key) }

    func integer(_ key: String) throws(ScenarioFileError) -> Int? {
        guard has(key), let value = table[key] else { return nil }
        guard let integer = value.int else { throw wrongType(key, "an integer", value) }
        return integer
    }

    func number(_ key: String) throws(ScenarioFileError) -> Double? {
        guard has(key), let value = table[key] else { return nil }
        guard let number = value.double ?? value.int.map(Double.init) else { throw wrongType(key, "a number", value) }
        return number
    }

    func boolean(_ key: String) throws(ScenarioFileError) -> Bool? {
        guard has(key), let value = table[key] else { return nil }
        guard let boolean = value.bool else { throw wrongType(key, "true or false", value) }
        return boolean
    }

    func string(_ key: String) throws(ScenarioFileError) -> String? {
        guard has(key), let value = table[key] else { return nil }
        guard let string = value.string else { throw wrongType(key, "a string", value) }
        return string
    }

    /// A string that is one of a few.
    func choice<Choice: RawRepresentable & CaseIterable>(
        _ key: String,
        of type: Choice.Type
    ) throws(ScenarioFileError) -> Choice? where Choice.RawValue == String {
        guard let text = try string(key) else { return nil }
        if let choice = Choice(rawValue: text) { return choice }
        let choices = Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: " or ")
        throw error(key, "expected \(choices), found \"\(text)\"")
    }

    func table(_ key: String) throws(ScenarioFileError) -> FileTable? {
        guard has(key), let value = table[key] else { return nil }
        guard let inner = value.table else { throw wrongType(key, "a table", value) }
        return FileTable(inner, path: place(key), lines: lines)
    }

    /// An array of tables.
    func tables(_ key: String) throws(ScenarioFileError) -> [FileTable] {
        guard has(key), let value = table[key] else { return [] }
        guard let array = value.array else { throw wrongType(key, "an array of tables", value) }
        var result: [FileTable] = []
        for (position, element) in array.enumerated() {
            guard let inner = element.table else { throw wrongType(key, "an array of tables", element) }
            result.append(FileTable(inner, path: "\(place(key))[\(position)]", lines: lines))
        }
        return result
    }

    /// An array of numbers.
    func numbers(_ key: String) throws(ScenarioFileError) -> [Double]? {
        guard has(key), let value = table[key] else { return nil }
        guard let array = value.array else { throw wrongType(key, "an array of numbers", value) }
        var result: [Double] = []
        for element in array {
            guard let number = element.double ?? element.int.map(Double.init) else {
                throw wrongType(key, "an array of numbers", element)
            }
            result.append(number)
        }
        return result
    }

    /// The name of a peer.
    func peer(_ key: String) throws(ScenarioFileError) -> PeerID? { try string(key).map { PeerID($0) } }

    /// An array of names; one name stands for an array of one.
    func peers(_ key: String) throws(ScenarioFileError) -> [PeerID]? {
        guard has(key), let value = table[key] else { return nil }
        return try names(value, key)
    }

    /// An array of arrays of names.
    func groups(_ key: String) throws(ScenarioFileError) -> [[PeerID]]? {
        guard has(key), let value = table[key] else { return nil }
        guard let array = value.array else { throw wrongType(key, "an array of arrays of names", value) }
        var result: [[PeerID]] = []
        for element in array { result.append(try names(element, key)) }
        return result
    }

    private func names(_ value: any TOMLValueConvertible, _ key: String) throws(ScenarioFileError) -> [PeerID] {
        if let name = value.string { return [PeerID(name)] }
        guard let array = value.array else { throw wrongType(key, "an array of names", value) }
        var result: [PeerID] = []
        for element in array {
            guard let name = element.string else { throw wrongType(key, "an array of names", element) }
            result.append(PeerID(name))
        }
        return result
    }
}
