import GossipGraph
import Membership
public import ParsecCore
import Voting

/// How a peer comes back to where it was, if its store may lack events that it has sent.
///
/// Whoever creates an event on top of an older one of its own forks, and is voted out. So an engine that was restored
/// can be held back: it takes what others know of its own events, goes on from the newest, and only then creates any.
extension Engine {
    /// The number of events of a peer that this engine knows, on the longest of its chains; 0 if it knows none.
    public func eventCount(of peer: PeerID) -> Int {
        guard let index = agreement.peers.index(of: peer) else { return 0 }
        return graph.branches(of: index).map { graph.indexByCreator(of: graph.branches[$0.position].tip) + 1 }.max()
            ?? 0
    }

    /// The number of events that this engine has created.
    public var ownEventCount: Int { ownTip.map { graph.indexByCreator(of: $0) + 1 } ?? 0 }

    /// The last events of all chains, which say what this engine has; at most as many as a message may name.
    public var tips: [Digest] { (ownTips + [ownTip].compactMap { $0 }).suffix(limits.tipsPerMessage).map(graph.digest) }

    /// What a peer lacks that has these events and their ancestors, in a part of a message; nil if it lacks nothing.
    public mutating func part(for peer: PeerID, knowing tips: [Digest]) -> GossipMessage? {
        guard let index = agreement.peers.index(of: peer) else { return nil }
        let lacking = graph.events(notAncestorsOf: tips.compactMap(graph.event(withDigest:)))
        guard !lacking.isEmpty else { return nil }
        if let part = part(of: lacking, to: index) { return part }
        return message(.part, lacking[...])
    }

    /// Goes on from the newest event with our own creator, if it builds on ours: it was lost, and came back.
    ///
    /// If there are several chains, another machine uses our key, and nothing changes.
    public mutating func adoptOwnEvents() {
        let branches = graph.branches(of: ourself)
        guard branches.count == 1, let branch = branches.first else { return }
        var event: EventIndex? = graph.branches[branch.position].tip
        let newest = event
        while let own = event, own != ownTip {
            noteAnswered(by: own)
            event = graph.selfParent(of: own)
        }
        setOwnTip(newest)
    }

    /// Creates no events from now on, until ``resume()``.
    public mutating func holdBack() { isHeldBack = true }

    /// Ends the time in which nothing was created, and creates what follows.
    ///
    /// - Throws: ``EngineError`` if the graph is full.
    public mutating func resume() throws(EngineError) {
        guard isHeldBack else { return }
        isHeldBack = false
        try createWhatFollows()
    }

    /// Lets a peer send the history to this one, which has not been admitted yet.
    public mutating func addContact(_ peer: PeerID) {
        guard peer != id else { return }
        agreement.peers.addContact(peer)
    }
}
