public import Consensus
import GossipGraph
import Membership
import MetaVoting
import ParsecCore
import Voting

/// The parts that events had in the elections of a growing graph.
///
/// An engine forgets what an election was like once it is closed. This one follows an engine's graph with an agreement of
/// its own, and notes the roles while each election is open.
public struct GraphRoles: Sendable {
    /// What an event was to an election.
    public enum Role: Int, Hashable, Sendable {
        /// Payloads became interesting to its creator.
        case interesting

        /// It strongly sees enough candidates, first of its creator's.
        case observer

        /// The election was decided at it.
        case deciding
    }

    /// A role of an event, by the event's place in the order of arrival.
    public struct Mark: Hashable, Sendable {
        public let event: Int
        public let role: Role
        public let election: Int
    }

    /// An election that was decided.
    public struct Outcome: Hashable, Sendable {
        public let election: Int
        public let event: Int

        /// How many events there were when it was decided.
        public let eventCount: Int

        /// The numbers of its blocks.
        public let blocks: Range<Int>
    }

    /// The roles in the elections that are closed, in their order.
    public private(set) var marks: [Mark] = []
    public private(set) var outcomes: [Outcome] = []
    private var agreement: Agreement?

    public init() {}

    /// The roles in the open election.
    public var openMarks: [Mark] { agreement.map(marksOfOpenElection) ?? [] }

    /// Takes over what an agreement has more than at the last call.
    ///
    /// Nothing happens before its graph has the Genesis observation, which says who votes first.
    /// - Complexity: a replay of the events that are new.
    public mutating func follow(_ source: Agreement) {
        guard var own = agreement ?? GraphRoles.begin(source) else { return }
        agreement = nil
        for event in source.graph.events.dropFirst(own.graph.count) {
            // What fitted into one graph fits into another that got the same.
            guard (try? own.insert(source.newEvent(event, for: &own))) != nil else { break }
            while let decision = own.advance() {
                marks += marksOfOpenElection(own)
                marks.append(
                    Mark(event: GraphRoles.place(decision.event, own), role: .deciding, election: decision.election)
                )
                let first = outcomes.last?.blocks.upperBound ?? 0
                outcomes.append(
                    Outcome(
                        election: decision.election,
                        event: GraphRoles.place(decision.event, own),
                        eventCount: own.graph.count,
                        blocks: first..<first + decision.payloads.count { $0.isBlock }
                    )
                )
                _ = own.close(decision)
            }
        }
        agreement = own
    }

    private static func begin(_ source: Agreement) -> Agreement? {
        for number in 0..<source.store.count {
            guard case .genesis(let group, _) = source.store.observation(of: ObservationIndex(number)) else { continue }
            return Agreement(
                peers: PeerList(genesis: group, rule: source.rules.membership),
                mode: source.store.opaqueMode,
                rules: source.rules,
                coin: source.election.coin
            )
        }
        return nil
    }

    private static func place(_ event: EventIndex, _ agreement: Agreement) -> Int {
        Int(event.value - agreement.graph.startIndex.value)
    }

    private func marksOfOpenElection(_ agreement: Agreement) -> [Mark] {
        let election = agreement.election
        func mark(_ event: EventIndex, _ role: Role) -> Mark {
            Mark(event: GraphRoles.place(event, agreement), role: role, election: election.number)
        }
        return election.interestingEvents.map { mark($0, .interesting) }
            + election.observers.map { mark($0.event, .observer) }
    }
}

extension Agreement {
    /// An event as another agreement with the same events takes it.
    fileprivate func newEvent(_ event: EventIndex, for other: inout Agreement) -> NewEvent {
        func peer(_ index: PeerIndex) -> PeerIndex { other.intern(peers.id(of: index)) }
        func place(_ index: EventIndex) -> EventIndex {
            EventIndex(index.value - graph.startIndex.value + other.graph.startIndex.value)
        }
        let cause: NewEvent.Cause =
            switch graph.cause(of: event) {
            case .initial: .initial
            case .requesting(let recipient): .requesting(recipient: peer(recipient))
            case .request(let parent): .request(otherParent: place(parent))
            case .response(let parent): .response(otherParent: place(parent))
            case .observation(let payloads):
                .observation(
                    payloads.map { DigestedObservation(store.observation(of: $0), digest: store.digest(of: $0)) }
                )
            }
        return NewEvent(
            creator: peer(graph.creator(of: event)),
            selfParent: graph.selfParent(of: event).map(place),
            cause: cause,
            digest: graph.digest(of: event)
        )
    }
}
