public import App
import Consensus
import Foundation
import Identity
import ParsecCore
import Transport
import Voting

/// A file that says which network a node belongs to: what its founders agreed on, and where members are.
public struct NetworkFile: Codable, Sendable {
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

    public init(_ invitation: Invitation) {
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

    /// Reads a file.
    ///
    /// - Throws: ``FileFault``, with what is wrong in it.
    public static func read(_ path: String) throws -> Invitation {
        let file: NetworkFile = try TOMLFile.read(path)
        let mode: ConsensusMode
        switch file.mode {
        case "supermajority": mode = .supermajority
        case "single": mode = .single
        default: throw FileFault("\(path): mode: expected \"supermajority\" or \"single\", found \"\(file.mode)\"")
        }
        var founders: [PeerID] = []
        let members = try file.member.map { member in
            let id: PeerID
            do { id = try ReadableID.read(member.id) } catch { throw FileFault("\(path): \(member.id): \(error)") }
            if member.founder ?? true { founders.append(id) }
            return Candidate(id: id, info: MemberInfo(addresses: try addresses(member.addresses, in: path)))
        }
        guard !founders.isEmpty else { throw FileFault("\(path): no member is a founder") }
        let network = Network(genesis: founders, info: Array((file.info ?? "").utf8), mode: mode)
        return Invitation(network: network, members: members)
    }

    static func addresses(_ texts: [String], in path: String) throws -> [PeerAddress] {
        try texts.map { text in
            guard let address = PeerAddress(text) else {
                throw FileFault("\(path): expected an address such as \"192.0.2.7:7000\", found \"\(text)\"")
            }
            return address
        }
    }

    /// Writes the file, which must not be there yet.
    public func write(to path: String) throws {
        try TOMLFile.write(self, to: path, header: "The network: the same for all of its founders.")
    }
}
