import Foundation
import GraphFormats

/// Reads a dump from a file, and says what is wrong with it as compilers do.
struct DumpFile {
    let path: String

    func read() throws -> GraphDump {
        let data: Data
        do { data = try Data(contentsOf: URL(filePath: path)) } catch {
            throw Failure("cannot read \(path): \(error.localizedDescription)")
        }
        do { return try DOTReader.read(Array(data)) } catch {
            throw Failure("\(path):\(error.line):\(error.column): expected \(error.expected), found \(error.found)")
        }
    }
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
