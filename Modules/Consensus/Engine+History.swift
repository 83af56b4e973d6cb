import GossipGraph
import Membership
import ParsecCore
import Voting

extension Engine {
    /// What this engine has come to be from.
    ///
    /// - Complexity: the size of the graph.
    public var history: History { history(events: graph.events.map(gossipEvent)) }

    /// All of the history but its events, for those who take them from the graph.
    public var historyBesideEvents: History { history(events: []) }

    private func history(events: [GossipEvent]) -> History {
        History(
            network: network,
            id: id,
            contacts: contacts,
            events: events,
            foreignEvents: foreignEvents.map(offset),
            pendingHeads: pendingHeads.map(offset),
            takenBlocks: takenBlockCount
        )
    }

    /// The events with our own creator that this engine did not make.
    private var foreignEvents: [EventIndex] {
        var own: Set<EventIndex> = []
        var next = ownTip
        while let event = next {
            own.insert(event)
            next = graph.selfParent(of: event)
        }
        return graph.events.filter { graph.creator(of: $0) == ourself && !own.contains($0) }
    }

    /// Makes an engine anew from its history.
    ///
    /// If the history ends between a decision and what the engine had to create because of it, the engine creates that
    /// now.
    /// - Parameters:
    ///   - cryptography: that of the engine that the history is of.
    ///   - checksSignatures: whether to check them; for a history that was not kept by oneself.
    ///   - isHeldBack: whether to create no events before ``resume()``; for a history that may be older than what others
    ///     know. Events of our own count as such as far as they follow on each other, whatever the history says.
    /// - Throws: ``HistoryError``.
    /// - Complexity: as if all events had come in one message, without checking signatures.
    public init(
        restoring history: History,
        with cryptography: Cryptography,
        limits: EngineLimits = EngineLimits(),
        checksSignatures: Bool = false,
        isHeldBack: Bool = false
    ) throws(HistoryError) {
        guard cryptography.signer.id == history.id else { throw .otherPeer(history.id) }
        do {
            try self.init(emptyFor: cryptography, of: history.network, contacts: history.contacts, limits: limits)
        } catch { throw .engine(error) }
        let foreign = Set(history.foreignEvents)
        let arrivals = arrivals(of: GossipMessage(kind: .part, events: history.events))
        for (position, arrival) in arrivals.enumerated() {
            let follows = arrival.event.selfParent == ownTip.map(graph.digest)
            let isOwn = arrival.event.creator == id && (isHeldBack ? follows : !foreign.contains(position))
            try restore(arrival, at: position, isOwn: isOwn, checksSignature: checksSignatures)
        }
        for position in history.foreignEvents + history.pendingHeads {
            guard arrivals.indices.contains(position) else { throw .outOfRange(position) }
        }
        pendingHeads = history.pendingHeads.map { EventIndex(graph.startIndex.value + UInt32($0)) }
        for _ in 0..<max(0, history.takenBlocks) {
            guard nextBlock() != nil else { throw .outOfRange(history.takenBlocks) }
        }
        self.isHeldBack = isHeldBack
        if isHeldBack { return }
        do { try createWhatFollows() } catch { throw .engine(error) }
    }

    private mutating func restore(
        _ arrival: Arrival,
        at position: Int,
        isOwn: Bool,
        checksSignature: Bool
    ) throws(HistoryError) {
        guard graph.event(withDigest: arrival.digest) == nil else { throw .repeatedEvent(position: position) }
        let new: NewEvent
        do { new = try checked(arrival, isAuthentic: checksSignature ? nil : true) } catch {
            throw .event(position: position, error)
        }
        guard !isOwn || new.selfParent == ownTip else { throw .brokenOwnChain(position: position) }
        do { try insert(new, signature: arrival.event.signature, isOwn: isOwn, isRestored: true) } catch {
            throw .engine(error)
        }
        if !isOwn { agreement.peers.noteEvent(by: new.creator) }
    }
}
