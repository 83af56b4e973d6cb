import Foundation
import GraphFormats

/// A recorded graph and what is expected of it.
struct Recording: CustomStringConvertible, Sendable {
    let folder: URL

    var description: String { folder.lastPathComponent }

    func text() throws -> String { String(decoding: try bytes(), as: UTF8.self) }

    func dump() throws -> GraphDump { try DOTReader.read(Array(bytes())) }

    private func bytes() throws -> Data { try Data(contentsOf: folder.appending(path: "graph.dot")) }

    func expected() throws -> ReplayReport {
        let data = try Data(contentsOf: folder.appending(path: "expected.json"))
        return try JSONDecoder().decode(ReplayReport.self, from: data)
    }

    /// The recordings in a folder, by name; none if it is absent.
    static func all(in folder: URL) -> [Recording] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.sorted().map { Recording(folder: folder.appending(path: $0)) }
            .filter { FileManager.default.fileExists(atPath: $0.folder.appending(path: "expected.json").path) }
    }

    /// The recordings of the reference: beside the package, or where `PARSEC_VECTORS` says.
    static let reference: [Recording] = {
        if let path = ProcessInfo.processInfo.environment["PARSEC_VECTORS"] { return all(in: URL(filePath: path)) }
        return all(in: package.deletingLastPathComponent().appending(path: "shared/vectors"))
    }()

    /// Our own recordings.
    static let golden = all(in: package.appending(path: "Tests/Conformance/Golden"))

    /// The small forked graph on which the reference depends on the order of arrival; nil if it is absent.
    static let minimalFork: URL? = {
        let file = package.deletingLastPathComponent().appending(path: "shared/forks/minimal.json")
        return FileManager.default.fileExists(atPath: file.path) ? file : nil
    }()

    private static let package = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
}
