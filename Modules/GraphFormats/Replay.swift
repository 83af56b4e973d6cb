public import Consensus
public import GossipGraph
import Membership
public import MetaVoting
public import ParsecCore
import Voting

/// Feeds the events of a dump to a fresh agreement, as its owner, and collects the decisions.
public struct Replay: Sendable {
    /// Why a dump cannot be replayed.
    public enum Failure: Error, Hashable, Sendable {
        /// Nobody votes for the initial group, so that it is not known who votes.
        case noGenesis

        /// An event votes for something that the dump does not tell.
        case unreadableObservation(event: String)

        /// An event does not fit into the graph.
        case graph(event: String, GraphError)
    }

    /// An event as far as it is known before it is fed: all but the indices of its parents.
    private struct Prepared: Sendable {
        let creator: PeerIndex
        let recipient: PeerIndex?
        let observations: [DigestedObservation]
    }

    public let dump: GraphDump

    /// The positions of the dump's events in the order in which they are fed.
    public let order: [Int]

    /// The graph and what follows from it, after the events that have been fed.
    public private(set) var agreement: Agreement

    /// The decisions so far, in order.
    public private(set) var decisions: [Decision] = []

    /// Whether the last decision's election is not closed yet.
    private var isOpen = false
    private var fed = 0
    private var prepared: [Prepared] = []
    private var indices: [EventIndex]
    private let names: EventNames

    /// Prepares a replay: finds out who is who, and what everybody votes for.
    ///
    /// - Parameters:
    ///   - rules: those under which the dump was recorded, or others, to see the difference.
    ///   - coin: what shows which way split agreements go.
    ///   - order: in which order to feed the events, by default that of ``ReplayOrder``.
    /// - Throws: ``Failure/noGenesis``, ``Failure/unreadableObservation(event:)``.
    public init(
        _ dump: GraphDump,
        rules: ProtocolRules = .reference,
        coin: any Coin = AlternatingCoin(),
        order: [Int]? = nil
    ) throws(Failure) {
        guard let genesis = dump.genesis else { throw .noGenesis }
        var peers =
            genesis.contains(dump.ourID)
            ? PeerList(genesis: genesis, ourself: dump.ourID, rule: rules.membership)
            : PeerList(joining: genesis, contacts: [], ourself: dump.ourID, rule: rules.membership)
        self.dump = dump
        self.order = order ?? ReplayOrder.order(of: dump)
        names = EventNames(dump)
        indices = Array(repeating: EventIndex(0), count: dump.events.count)
        for (position, event) in dump.events.enumerated() {
            var recipient: PeerIndex?
            if case .requesting(let id) = event.cause { recipient = peers.intern(id) }
            var observations: [DigestedObservation] = []
            for text in dump.observations(of: position) {
                guard let observation = text.observation(eventDigest: Replay.standInDigest) else {
                    throw .unreadableObservation(event: names.events[position])
                }
                let digest = dump.payloadDigests[text] ?? ReferenceDigests().digest(of: observation)
                observations.append(DigestedObservation(observation, digest: digest))
            }
            prepared.append(
                Prepared(creator: peers.intern(event.creator), recipient: recipient, observations: observations)
            )
        }
        agreement = Agreement(peers: peers, mode: dump.mode, rules: rules, coin: coin, completeness: .partial)
    }

    /// Feeds all events that have not been fed.
    ///
    /// - Throws: ``Failure``.
    public mutating func run() throws(Failure) {
        while try step() {}
    }

    /// Feeds the next event and takes its decisions; returns false if there is none left.
    ///
    /// - Throws: ``Failure``.
    public mutating func step() throws(Failure) -> Bool {
        closeElection()
        guard try feed() else { return false }
        while decide() != nil { closeElection() }
        return true
    }

    /// Feeds events until an election is decided, which stays open to be looked at until the next call; nil if the events
    /// decide nothing more.
    ///
    /// - Throws: ``Failure``.
    public mutating func nextDecision() throws(Failure) -> Decision? {
        closeElection()
        repeat {
            if let decision = decide() { return decision }
        } while try feed()
        return nil
    }

    private mutating func feed() throws(Failure) -> Bool {
        guard fed < order.count else { return false }
        let position = order[fed]
        fed += 1
        do { indices[position] = try agreement.insert(newEvent(position)) } catch {
            throw .graph(event: names.events[position], error)
        }
        return true
    }

    private mutating func decide() -> Decision? {
        guard let decision = agreement.advance() else { return nil }
        decisions.append(decision)
        isOpen = true
        return decision
    }

    private mutating func closeElection() {
        guard isOpen, let decision = decisions.last else { return }
        _ = agreement.close(decision)
        isOpen = false
    }

    /// The position in the dump of an event that has been fed.
    public func position(of event: EventIndex) -> Int { order[Int(event.value)] }

    /// The index of an event of the dump; nil if it has not been fed.
    public func event(at position: Int) -> EventIndex? {
        let index = indices[position]
        return Int(index.value) < fed && order[Int(index.value)] == position ? index : nil
    }

    private func newEvent(_ position: Int) -> NewEvent {
        let prepared = prepared[position]
        // The reader has made sure that there is a parent where there must be one, and the order that it was fed.
        let otherParent = indices[dump.events[position].otherParent ?? position]
        let cause: NewEvent.Cause =
            switch dump.events[position].cause {
            case .initial: .initial
            case .requesting: .requesting(recipient: prepared.recipient ?? prepared.creator)
            case .request: .request(otherParent: otherParent)
            case .response: .response(otherParent: otherParent)
            case .observation: .observation(prepared.observations)
            }
        return NewEvent(
            creator: prepared.creator,
            selfParent: dump.events[position].selfParent.map { indices[$0] },
            cause: cause,
            digest: Digest(words: UInt64(position), 0, 0, 0)
        )
    }

    /// Stands in for the digest of an event that an accusation names: the dump has no digests of events.
    package static func standInDigest(named name: String) -> Digest {
        ReferenceDigests().digest(Array(name.utf8))
    }

    /// The name of an event by creator and index, as in `Alice:27`.
    public func name(of event: EventIndex) -> String {
        let graph = agreement.graph
        return "\(agreement.peers.id(of: graph.creator(of: event))):\(graph.indexByCreator(of: event))"
    }
}

extension Replay.Failure: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noGenesis: "the dump has no Genesis observation, so that the first voters are not known"
        case .unreadableObservation(let event): "what event \(event) votes for is not in the dump"
        case .graph(let event, let error): "event \(event) does not fit: \(error)"
        }
    }
}
