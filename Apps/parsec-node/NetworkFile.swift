import App
import Consensus
import Foundation
import Identity
import ParsecCore
import TOMLKit
import Transport
import Voting

/// A file that says which network a node belongs to: what its founders agreed on, and where members are.
struct NetworkFile: Codable {
    struct Member: Codable {
        var id: String
        var addresses: [String]

        /// Whether it belongs to the initial group; those who do not have joined later, and help to join.
        var founder: Bool?
    }

    /// `supermajority`: a payload takes votes of more than two thirds; `single`: one is enough.
    var mode: String

    /// Words that tell apart networks of the same founders.
    var info: String?
    var member: [Member]

    init(_ invitation: Invitation) {
        mode = invitation.network.mode == .single ? "single" : "supermajority"
        info = String(decoding: invitation.network.info, as: UTF8.self)
        let all = Set(invitation.network.genesis).union(invitation.members.map(\.id))
        member = all.sorted().map { id in
            let known = invitation.members.first { $0.id == id }
            return Member(
                id: ReadableID.text(of: id) ?? id.description,
                addresses: known?.info.addresses.map(\.description) ?? [],
                founder: invitation.network.genesis.contains(id)
            )
        }
    }

    static func read(_ path: String) throws -> Invitation {
        let file: NetworkFile = try TOMLFile.read(path)
        let mode: ConsensusMode
        switch file.mode {
        case "supermajority": mode = .supermajority
        case "single": mode = .single
        default: throw Failure("\(path): mode: expected \"supermajority\" or \"single\", found \"\(file.mode)\"")
        }
        var founders: [PeerID] = []
        let members = try file.member.map { member in
            let id: PeerID
            do { id = try ReadableID.read(member.id) } catch { throw Failure("\(path): \(member.id): \(error)") }
            if member.founder ?? true { founders.append(id) }
            return Candidate(id: id, info: MemberInfo(addresses: try addresses(member.addresses, in: path)))
        }
        guard !founders.isEmpty else { throw Failure("\(path): no member is a founder") }
        let network = Network(genesis: founders, info: Array((file.info ?? "").utf8), mode: mode)
        return Invitation(network: network, members: members)
    }

    static func addresses(_ texts: [String], in path: String) throws -> [PeerAddress] {
        try texts.map { text in
            guard let address = PeerAddress(text) else {
                throw Failure("\(path): expected an address such as \"192.0.2.7:7000\", found \"\(text)\"")
            }
            return address
        }
    }

    func write(to path: String) throws {
        try TOMLFile.write(self, to: path, header: "The network: the same for all of its founders.")
    }
}

/// Reading and writing files in TOML.
enum TOMLFile {
    static func read<Value: Decodable>(_ path: String) throws -> Value {
        let text: String
        do { text = try String(contentsOfFile: path, encoding: .utf8) } catch {
            throw Failure("cannot read \(path): \(error.localizedDescription)")
        }
        do { return try TOMLDecoder().decode(Value.self, from: text) } catch let error as TOMLParseError {
            throw Failure("\(path): line \(error.source.begin.line): \(error.description)")
        } catch let error as DecodingError { throw Failure("\(path): \(describe(error))") }
    }

    static func write(_ value: some Encodable, to path: String, header: String) throws {
        let text = "# \(header)\n\n" + (try TOMLEncoder().encode(value)) + "\n"
        try create(path, Data(text.utf8))
    }

    /// Writes a file that must not be there yet.
    static func create(_ path: String, _ data: Data, mode: Int = 0o644) throws {
        guard !FileManager.default.fileExists(atPath: path) else {
            throw Failure("\(path) exists already; choose another folder")
        }
        guard FileManager.default.createFile(atPath: path, contents: data, attributes: [.posixPermissions: mode]) else {
            throw Failure("cannot write \(path)")
        }
    }

    private static func describe(_ error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, _): "\(key.stringValue) is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            "\(context.codingPath.map(\.stringValue).joined(separator: ".")): \(context.debugDescription)"
        @unknown default: "\(error)"
        }
    }
}
