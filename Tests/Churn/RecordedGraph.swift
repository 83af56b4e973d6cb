import Foundation
import GraphFormats

/// The reference's recorded graphs that these suites are about, by the names of their folders.
enum RecordedGraph: String, CaseIterable {
    case addPeer = "add-peer-alice"
    case unpolledObservations = "unpolled-observations-alice"
    case unpolledSingle = "our-unpolled-observations-with-consensus-mode-single-alice"
    case parsedContents = "from-parsed-contents-0"
    case otherParsedContents = "from-parsed-contents-1"
    case ancestors = "gossip-graph-tests-ancestors-iterator-carol"

    /// Whether the recordings are here: beside the package, or where `PARSEC_VECTORS` says.
    static let areHere = allCases.allSatisfy { FileManager.default.fileExists(atPath: $0.file.path) }

    func dump() throws -> GraphDump { try DOTReader.read(Array(Data(contentsOf: file))) }

    private var file: URL { RecordedGraph.folder.appending(path: "\(rawValue)/graph.dot") }

    private static let folder: URL = {
        if let path = ProcessInfo.processInfo.environment["PARSEC_VECTORS"] { return URL(filePath: path) }
        let package = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return package.deletingLastPathComponent().appending(path: "shared/vectors")
    }()
}
