import Foundation
import GraphFormats

/// Reads a dump from a file, and says what is wrong with it as compilers do.
struct DumpFile {
    let path: String

    /// All bytes of the file, unless there are too many.
    func bytes(most: Int) throws -> Data {
        let size = (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
        guard size <= most else { throw Failure("\(path) has \(size) bytes; at most \(most) are read") }
        do { return try Data(contentsOf: URL(filePath: path)) } catch {
            throw Failure("cannot read \(path): \(error.localizedDescription)")
        }
    }

    func read() throws -> GraphDump {
        let data = try bytes(most: DOTReader.Limits().fileBytes)
        if data.first(where: { !" \t\r\n".utf8.contains($0) }) == UInt8(ascii: "{") {
            do { return try JSONDump.read(data) } catch { throw Failure("\(path): \(error)") }
        }
        do { return try DOTReader.read(Array(data)) } catch {
            throw Failure("\(path):\(error.line):\(error.column): expected \(error.expected), found \(error.found)")
        }
    }
}

/// Writes a dump to a file: as JSON if that is what the file's name ends with, else as DOT.
func write(_ dump: GraphDump, to path: String) throws {
    let text = path.hasSuffix(".json") ? String(decoding: JSONDump.write(dump), as: UTF8.self) : DOTWriter.write(dump)
    try write(text, to: path)
}

/// Writes a text to a file.
func write(_ text: String, to path: String) throws {
    do { try Data(text.utf8).write(to: URL(filePath: path)) } catch {
        throw Failure("cannot write \(path): \(error.localizedDescription)")
    }
}

/// Why a command cannot do what it was asked to.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
