import ArgumentParser
import Consensus
import Foundation
import GraphDiff
import GraphFormats
import Identity
import ParsecCore
import ScenarioFiles
import Simulation
import SQLiteStorage
import Storage
import Voting

/// Where a graph comes from: a dump in a file, the store of a stopped node, a running node, or a recorded simulation.
enum GraphSource {
    case file(String)
    case store(String)
    case node(NodeEndpoint)

    /// A recording of the simulator, and whose graph at its end.
    case recording(String, peer: String?)

    /// What an argument may name, for the help texts.
    static let forms: ArgumentHelp = """
        A graph: a dump (.dot or .json), a recorded simulation and a peer (FILE#PEER), the store of a stopped node \
        (.sqlite), or the URL of a running one.
        """

    /// Finds out what an argument names.
    init(_ argument: String) throws(Failure) {
        if argument.hasPrefix("http://") || argument.hasPrefix("https://") {
            self = .node(try NodeEndpoint(address: argument))
            return
        }
        let parts = argument.split(separator: "#", maxSplits: 1).map(String.init)
        var isFolder: ObjCBool = false
        let isFile = FileManager.default.fileExists(atPath: argument, isDirectory: &isFolder)
        if isFolder.boolValue { throw Failure("\(argument) is a folder; name a file in it") }
        let path = isFile || parts.isEmpty ? argument : parts[0]
        let head = (try? FileHandle(forReadingAtPath: path)?.read(upToCount: 64)) ?? Data()
        if head.starts(with: Data("SQLite format 3\0".utf8)) {
            self = .store(path)
        } else if head.range(of: Data(RecordingFile.format.utf8)) != nil {
            self = .recording(path, peer: isFile ? nil : parts.last)
        } else {
            self = .file(argument)
        }
    }

    /// The graph as a dump.
    func dump() async throws -> GraphDump {
        switch self {
        case .file(let path): try DumpFile(path: path).read()
        case .store(let path): try await GraphSource.readStore(path)
        case .node(let node): try await node.dump()
        case .recording(let path, let peer): try GraphSource.readRecording(path, peer)
        }
    }

    private static func readRecording(_ path: String, _ peer: String?) throws -> GraphDump {
        let recording: Recording
        let bytes = try DumpFile(path: path).bytes(most: RecordingFile.mostBytes)
        do { recording = try RecordingFile.read(bytes) } catch { throw Failure("\(path): \(error)") }
        guard let id = recording.peers.first(where: { $0.description == peer }) else {
            let known = recording.peers.map { "\(path)#\($0)" }.joined(separator: ", ")
            throw Failure("\(path) is a recording; say whose graph: \(known)")
        }
        do {
            let engines = try recording.cut(to: id).replay(digests: DumpDigests(events: SimulatedDigests()))
            guard let engine = engines[id]?.first else { throw Failure("\(id) was never started") }
            return dump(of: engine)
        } catch { throw Failure("\(path): \(error)") }
    }

    /// The graph of an engine, of whose blocks none has been taken.
    private static func dump(of engine: Engine) -> GraphDump {
        var engine = engine
        var decided: [Digest] = []
        while let block = engine.nextBlock() { decided.append(block.observationDigest) }
        return GraphDump(engine.agreement, history: decided)
    }

    private static func readStore(_ path: String) async throws -> GraphDump {
        let kinds = StoredForm.Kinds(digests: SHA256Digests(), signatures: .ed25519)
        let contents: StoreContents?
        do {
            let store = try SQLiteStore(path: path, kinds: kinds)
            contents = try await store.load()
            try await store.close()
        } catch { throw Failure("\(path): \(error)") }
        guard let contents else { throw Failure("\(path): the store is empty") }
        let history = History(
            network: contents.record.network,
            id: contents.record.id,
            contacts: contents.record.contacts,
            events: contents.events
        )
        let reader = Cryptography(
            digests: SHA256Digests(),
            signer: NoSigner(id: contents.record.id),
            verifier: Ed25519Verifier()
        )
        do {
            return dump(of: try Engine(restoring: history, with: reader, isHeldBack: true))
        } catch { throw Failure("\(path): \(error)") }
    }
}

/// Stands in for the key of a store's owner: an engine that is only looked at signs nothing.
private struct NoSigner: EventSigner {
    let kind = SignatureKind.ed25519
    let id: PeerID

    func sign(_ digest: Digest) -> Signature { Signature(words: .zero) }
}

extension GraphDump {
    /// All peers that the dump knows of.
    var everybody: [PeerID] { peers.map(\.id) }
}

extension PeerLabels {
    /// The labels of the peers that have one.
    var byPeer: [PeerID: String] { Dictionary(uniqueKeysWithValues: labelled.map { ($0, label(of: $0)) }) }
}
