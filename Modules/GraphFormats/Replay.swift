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

    public let dump: GraphDump

    /// The positions of the dump's events in the order in which they are fed.
    public let order: [Int]

    /// The graph and what follows from it, after the events that have been fed.
    public private(set) var agreement: Agreement

    /// The decisions so far, in order.
    public private(set) var decisions: [Decision] = []

    private var fed = 0
    private var indices: [EventIndex?]
    private let names: EventNames

    /// Prepares a replay.
    ///
    /// - Parameters:
    ///   - rules: those under which the dump was recorded, or others, to see the difference.
    ///   - order: in which order to feed the events, by default that of ``ReplayOrder``.
    /// - Throws: ``Failure/noGenesis``.
    public init(
        _ dump: GraphDump,
        rules: ProtocolRules = .reference,
        order: [Int]? = nil
    ) throws(Failure) {
        guard let genesis = dump.genesis else { throw .noGenesis }
        let peers =
            genesis.contains(dump.ourID)
            ? PeerList(genesis: genesis, ourself: dump.ourID, rule: rules.membership)
            : PeerList(joining: genesis, contacts: [], ourself: dump.ourID, rule: rules.membership)
        self.dump = dump
        self.order = order ?? ReplayOrder.order(of: dump)
        agreement = Agreement(peers: peers, mode: dump.mode, rules: rules, completeness: .partial)
        indices = Array(repeating: nil, count: dump.events.count)
        names = EventNames(dump)
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
        guard fed < order.count else { return false }
        let position = order[fed]
        fed += 1
        let new = try newEvent(position)
        do { indices[position] = try agreement.insert(new) } catch {
            throw .graph(event: names.events[position], error)
        }
        while let decision = agreement.advance() {
            decisions.append(decision)
            _ = agreement.close(decision)
        }
        return true
    }

    private mutating func newEvent(_ position: Int) throws(Failure) -> NewEvent {
        let event = dump.events[position]
        let otherParent = event.otherParent.flatMap { indices[$0] } ?? agreement.graph.endIndex
        let content: NewEvent.Content
        switch event.cause {
        case .initial: content = .initial
        case .requesting(let recipient): content = .requesting(recipient: agreement.intern(recipient))
        case .request: content = .request(otherParent: otherParent)
        case .response: content = .response(otherParent: otherParent)
        case .observation(let observations):
            var digested: [DigestedObservation] = []
            for text in observations {
                guard let observation = text.observation(eventDigest: { standInDigest(named: $0) }) else {
                    throw .unreadableObservation(event: names.events[position])
                }
                let digest = ReferenceDigests().digest(of: observation)
                digested.append(DigestedObservation(observation, digest: digest))
            }
            content = .observation(digested)
        }
        return NewEvent(
            creator: agreement.intern(event.creator),
            selfParent: event.selfParent.flatMap { indices[$0] },
            content: content,
            digest: Digest(words: UInt64(position), 0, 0, 0)
        )
    }

    /// Stands in for the digest of an event that an accusation names: the dump has no digests of events.
    private func standInDigest(named name: String) -> Digest {
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
