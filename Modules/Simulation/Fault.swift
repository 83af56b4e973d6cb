public import ParsecCore

/// Something that goes wrong, and for how long.
public struct Fault: Hashable, Sendable {
    /// What goes wrong.
    public enum Kind: Hashable, Sendable {
        /// Peers of different groups cannot reach each other; those that are in none of the groups form one more.
        case partition([[PeerID]])

        /// Messages from some peers to others are lost, but not those the other way.
        case cut(from: [PeerID], to: [PeerID])

        /// The links between any two of these peers, in both directions, are of another quality; no peers mean all.
        case link([PeerID], LinkQuality)

        /// Whatever these peers do or receive takes so many times as long.
        case slow([PeerID], factor: Int)

        /// These peers crash; they restart when the fault ends, with what their stores had, or never if it does not end.
        case crash([PeerID])

        /// These peers crash, and restart with a copy of their stores that is older than the crash by so many virtual
        /// milliseconds: they have forgotten events that others know, and are liars without knowing it.
        case restore([PeerID], age: Int)

        /// A peer shows different events to different peers, with one key.
        case fork(PeerID)

        /// A peer breaks the rules in some other way.
        case misbehave(PeerID, Misbehaviour)
    }

    public var kind: Kind

    /// When it begins, in virtual milliseconds.
    public var from: Int

    /// When it ends; nil if it does not.
    public var to: Int?

    public init(_ kind: Kind, from: Int, to: Int? = nil) {
        self.kind = kind
        self.from = from
        self.to = to
    }
}

extension Fault {
    /// The peers that the fault names.
    public var peers: [PeerID] {
        switch kind {
        case .partition(let groups): groups.flatMap { $0 }
        case .cut(let senders, let receivers): senders + receivers
        case .link(let peers, _), .slow(let peers, _), .crash(let peers), .restore(let peers, _): peers
        case .fork(let peer), .misbehave(let peer, _): [peer]
        }
    }

    /// The peers that are faulty because of it: they lie, or never act again.
    public var faultyPeers: [PeerID] {
        switch kind {
        case .fork(let peer), .misbehave(let peer, _): [peer]
        case .restore(let peers, _): peers
        case .crash(let peers): to == nil ? peers : []
        case .partition, .cut, .link, .slow: []
        }
    }
}
