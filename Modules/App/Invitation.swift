public import Consensus
public import ParsecCore
public import Serialization

/// What a peer has to know to take part in a network: what all members agreed on from the start, and who they are now.
public struct Invitation: Hashable, Sendable {
    public let network: Network

    /// The members and where they are, as far as the inviting one knows; in ascending order.
    public let members: [Candidate]

    public init(network: Network, members: [Candidate]) {
        self.network = network
        self.members = members.sorted { $0.id < $1.id }
    }

    public func write(to writer: inout ByteWriter) {
        network.write(to: &writer)
        writer.write(count: members.count)
        for member in members {
            writer.write(member.id)
            member.info.write(to: &writer)
        }
    }

    /// - Throws: ``WireError``.
    public init(from reader: inout ByteReader) throws(WireError) {
        let network = try Network(from: &reader)
        var members: [Candidate] = []
        for _ in 0..<(try reader.count(.peers, "invitation.members")) {
            members.append(Candidate(id: try reader.peer("member.id"), info: try MemberInfo(from: &reader)))
        }
        self.init(network: network, members: members)
    }
}
