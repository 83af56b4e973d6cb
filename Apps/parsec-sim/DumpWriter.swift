import Consensus
import Foundation
import GraphFormats
import ParsecCore
import Synchronization
import Voting

/// Writes the graph of a peer at each of its decisions: `Alice-001.dot` and so on, as the reference names them.
final class DumpWriter: Sendable {
    private struct State {
        var histories: [PeerID: [[Digest]]] = [:]
        var failure: String?
    }

    private let folder: URL
    private let drawsPictures: Bool
    private let state = Mutex(State())

    init(folder: String, drawsPictures: Bool) throws {
        self.folder = URL(filePath: folder)
        self.drawsPictures = drawsPictures
        try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
    }

    /// What went wrong first, if anything.
    var failure: String? { state.withLock { $0.failure } }

    func write(_ peer: PeerID, _ agreement: Agreement, _ decision: Decision) {
        state.withLock { state in
            guard state.failure == nil else { return }
            // A peer that restarted comes to some decisions once more.
            let history = Array((state.histories[peer] ?? []).prefix(decision.election))
            state.histories[peer] = history + [decision.payloads.map(\.observation.digest)]
            let number = String(decision.election + 1)
            let name = "\(peer)-" + String(repeating: "0", count: max(0, 3 - number.count)) + number
            let dump = GraphDump(agreement, history: Array(history.joined()))
            do {
                try Data(DOTWriter.write(dump).utf8).write(to: folder.appending(path: "\(name).dot"))
                if drawsPictures {
                    try Data(SVGWriter.write(dump).utf8).write(to: folder.appending(path: "\(name).svg"))
                }
            } catch {
                state.failure = "cannot write \(name) into \(folder.path): \(error.localizedDescription)"
            }
        }
    }
}
