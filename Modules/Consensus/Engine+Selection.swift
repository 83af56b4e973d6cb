import Accountability
import GossipGraph
import Membership
import MetaVoting
import ParsecCore

/// Which of a message's events a peer takes in at all, where somebody forks.
///
/// A fork is taken only as far as the message's head builds on it, so that the event that answers the message shows it:
/// else a forker could go on to make branches that everybody has to keep and nobody can accuse it of. Events of known
/// offenders are taken only as far as others have built on them. What is left out comes again once it is built on.
struct Selection {
    private let arrivals: [Arrival]
    private let signatures: [Bool?]
    private let sender: PeerID
    private let hasHead: Bool

    /// The events on which others than known offenders have built, and theirs; nil while there are no offenders.
    private var wanted: [Bool]?

    /// The ancestors of the head; looked for when the first fork comes.
    private var ancestorsOfHead: [Bool]?

    /// The events that were left out.
    private var left: Set<Digest> = []

    init(
        _ arrivals: [Arrival],
        _ signatures: [Bool?],
        from sender: PeerID,
        hasHead: Bool,
        offenders: Set<PeerID>
    ) {
        self.arrivals = arrivals
        self.signatures = signatures
        self.sender = sender
        self.hasHead = hasHead
        guard !offenders.isEmpty else { return }
        wanted = ancestors { !offenders.contains(arrivals[$0].event.creator) }
    }

    /// Whether to leave an event out; asked of each new event, in the order of the message.
    mutating func leavesOut(_ position: Int, isFork: Bool) -> Bool {
        let arrival = arrivals[position]
        let lacksParent =
            !left.isEmpty
            && [arrival.event.selfParent, arrival.cause.otherParent].contains { $0.map(left.contains) ?? false }
        guard lacksParent || !(wanted?[position] ?? true) || isFork && !isTakenAsFork(position) else { return false }
        left.insert(arrival.digest)
        return true
    }

    private mutating func isTakenAsFork(_ position: Int) -> Bool {
        // A part has no head yet; but no correct peer has forks of its own to tell of.
        guard hasHead else { return arrivals[position].event.creator != sender }
        let ofHead = ancestorsOfHead ?? ancestors { $0 == arrivals.count - 1 }
        ancestorsOfHead = ofHead
        return ofHead[position]
    }

    /// Which events are some of these, or are built on by them; a signature that is not its creator's does not count.
    private func ancestors(of isRoot: (_ position: Int) -> Bool) -> [Bool] {
        var result = [Bool](repeating: false, count: arrivals.count)
        var parents: Set<Digest> = []
        for (position, arrival) in arrivals.enumerated().reversed() {
            result[position] = parents.contains(arrival.digest) || isRoot(position)
            guard result[position], signatures[position] ?? true else { continue }
            if let parent = arrival.event.selfParent { parents.insert(parent) }
            if let parent = arrival.cause.otherParent { parents.insert(parent) }
        }
        return result
    }
}

extension Engine {
    /// The peers whose offences our newest event shows.
    var knownOffenders: Set<PeerID> {
        guard let ownTip else { return [] }
        let shown = ledger.shown(by: ownTip, in: graph)
        return shown.isEmpty ? [] : Set(shown.all.flatMap { $0.peers.map(agreement.peers.id) }).subtracting([id])
    }

    /// Whether our newest event shows an offence of an event's creator.
    func isByKnownOffender(_ event: EventIndex) -> Bool {
        guard network.rules.membership == .freshIdentities, let ownTip else { return false }
        let creator = graph.creator(of: event)
        return creator != ourself && ledger.shown(by: ownTip, in: graph).contains(by: creator)
    }

    /// Whether an event forks, as far as its self-parent is known.
    func forks(_ event: GossipEvent, by creator: PeerIndex?) -> Bool {
        guard let creator else { return false }
        guard let parent = event.selfParent else { return graph.opensBranch(creator, after: nil) }
        guard let selfParent = graph.event(withDigest: parent) else { return false }
        return graph.creator(of: selfParent) == creator && graph.opensBranch(creator, after: selfParent)
    }
}
