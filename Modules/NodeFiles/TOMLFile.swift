public import Foundation
import TOMLKit

/// What is wrong with a file, in words for whoever wrote it.
public struct FileFault: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}

/// Reading and writing files in TOML.
public enum TOMLFile {
    /// Reads a value.
    public static func read<Value: Decodable>(_ path: String) throws -> Value { try decode(try text(path), path) }

    static func text(_ path: String) throws -> String {
        do { return try String(contentsOfFile: path, encoding: .utf8) } catch {
            throw FileFault("cannot read \(path): \(error.localizedDescription)")
        }
    }

    /// Reads a value from the text of a file.
    static func decode<Value: Decodable>(_ text: String, _ path: String) throws -> Value {
        do { return try TOMLDecoder().decode(Value.self, from: text) } catch let error as TOMLParseError {
            throw FileFault("\(path): line \(error.source.begin.line): \(error.description)")
        } catch let error as DecodingError { throw FileFault("\(path): \(describe(error, text))") }
    }

    /// The line at which a value outside of tables is set.
    static func line(of key: String, in text: String) -> Int? {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let found = lines.firstIndex { line in
            let sides = line.split(separator: "=", maxSplits: 1)
            return sides.count == 2 && sides[0].trimmingCharacters(in: .whitespaces.union(["\""])) == key
        }
        return found.map { $0 + 1 }
    }

    /// Writes a value into a new file, below a comment.
    public static func write(_ value: some Encodable, to path: String, header: String) throws {
        let text = "# \(header)\n\n" + (try TOMLEncoder().encode(value)) + "\n"
        try create(path, Data(text.utf8))
    }

    /// Writes a file that must not be there yet.
    public static func create(_ path: String, _ data: Data, mode: Int = 0o644) throws {
        guard !FileManager.default.fileExists(atPath: path) else {
            throw FileFault("\(path) exists already; choose another folder")
        }
        guard FileManager.default.createFile(atPath: path, contents: data, attributes: [.posixPermissions: mode]) else {
            throw FileFault("cannot write \(path)")
        }
    }

    private static func describe(_ error: DecodingError, _ text: String) -> String {
        switch error {
        case .keyNotFound(let key, _): return "\(key.stringValue) is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            let path = context.codingPath.map(\.stringValue)
            // Of tables in lists the key alone does not tell the line.
            let line = path.count == 1 ? line(of: path[0], in: text).map { "line \($0): " } : nil
            return "\(line ?? "")\(path.joined(separator: ".")): \(context.debugDescription)"
        @unknown default: return "\(error)"
        }
    }
}
