import GraphFormats
import Membership
import MetaVoting
import ParsecCore
import Voting

/// A dump with all that the small one lacks: a fork, accusations, several observations in one event.
enum ForkedDump {
    /// The events by their names in the text, at their positions in the dump.
    private enum Position: Int {
        case a0, a1, b0, b1, b2, a2, a3, b2Fork, b3, c0, c1, c2, c3, c4, d0
    }

    private static func event(
        _ creator: PeerID,
        _ index: Int,
        fork: Int = 0,
        _ cause: GraphDump.Cause,
        on selfParent: Position?,
        and otherParent: Position? = nil,
        seeing lastAncestors: KeyValuePairs<PeerID, Int>
    ) -> GraphDump.Event {
        GraphDump.Event(
            creator: creator,
            indexByCreator: index,
            forkIndex: fork,
            cause: cause,
            selfParent: selfParent?.rawValue,
            otherParent: otherParent?.rawValue,
            lastAncestors: lastAncestors.map { GraphDump.LastAncestor(peer: $0, indexByCreator: $1) }
        )
    }

    private static let group: [PeerID] = ["Alice", "Bob", "Carol", "Dave"]
    private static let votes: [DumpObservation] = [
        .genesis(group: group), .opaque("x1"), .add("Fred", info: [1, 255]),
    ]
    private static let accusations: [DumpObservation] = [
        .accusation(offender: "Bob", .fork("B_1")),
        .accusation(offender: "Dave", .accomplice("C_1", .invalidAccusation("B_2,1"))),
    ]

    private static let events = [
        event("Alice", 0, .initial, on: nil, seeing: ["Alice": 0]),
        event("Alice", 1, .observation(votes), on: .a0, seeing: ["Alice": 1]),
        event("Bob", 0, .initial, on: nil, seeing: ["Bob": 0]),
        event("Bob", 1, .observation([.genesis(group: group)]), on: .b0, seeing: ["Bob": 1]),
        event("Bob", 2, .requesting(recipient: "Alice"), on: .b1, seeing: ["Bob": 2]),
        event("Alice", 2, .request, on: .a1, and: .b2, seeing: ["Alice": 2, "Bob": 2]),
        event("Alice", 3, .requesting(recipient: "Carol"), on: .a2, seeing: ["Alice": 3, "Bob": 2]),
        event("Bob", 2, fork: 1, .requesting(recipient: "Carol"), on: .b1, seeing: ["Bob": 2]),
        event("Bob", 3, .response, on: .b2, and: .a2, seeing: ["Alice": 2, "Bob": 3]),
        event("Carol", 0, .initial, on: nil, seeing: ["Carol": 0]),
        event("Carol", 1, .observation([.remove("Eve", info: [0])]), on: .c0, seeing: ["Carol": 1]),
        event("Carol", 2, .request, on: .c1, and: .b2Fork, seeing: ["Bob": 2, "Carol": 2]),
        event("Carol", 3, .request, on: .c2, and: .a3, seeing: ["Alice": 3, "Bob": 2, "Carol": 3]),
        event("Carol", 4, .observation(accusations), on: .c3, seeing: ["Alice": 3, "Bob": 2, "Carol": 4]),
        event("Dave", 0, .initial, on: nil, seeing: ["Dave": 0]),
    ]

    /// What the text says.
    static var dump: GraphDump {
        var dump = GraphDump(
            ourID: "Alice",
            peers: group.map { GraphDump.Peer(id: $0, state: $0 == "Dave" ? [.generateKeys, .receive] : .active) },
            mode: .single,
            events: events
        )
        dump.rules = .current
        dump.secureRandom = [7]
        dump.election.history = [Digest(words: 0, 1, 2, .max)]
        dump.election.interestingEvents = [
            GraphDump.InterestingEvents(peer: "Alice", events: [Position.a2, .a3].map(\.rawValue)),
            GraphDump.InterestingEvents(peer: "Carol", events: [Position.c3.rawValue]),
        ]
        dump.election.voters = Array(group.dropLast())
        dump.election.undecidedEvents = [Position.a1, .c1, .c4].map(\.rawValue)
        let undecided = MetaVote.Value.undecided(estimates: .both, binValues: .justTrue, auxiliary: true)
        dump.election.metaEvents = [
            GraphDump.MetaEvent(
                event: Position.a2.rawValue,
                observees: [],
                interestingContent: [.opaque("x1"), .keyGeneration(.part, number: 3, message: nil)],
                metaVotes: []
            ),
            GraphDump.MetaEvent(
                event: Position.c4.rawValue,
                observees: ["Alice", "Carol"],
                interestingContent: [],
                metaVotes: [
                    GraphDump.PeerMetaVotes(
                        peer: "Alice",
                        votes: [
                            MetaVote(stage: Stage(round: 0, step: .genuineFlip), value: undecided),
                            MetaVote(stage: Stage(round: 12, step: .forcedTrue), value: .decided(false)),
                        ]
                    ),
                    GraphDump.PeerMetaVotes(
                        peer: "Carol",
                        votes: [MetaVote(stage: Stage(round: 0, step: .forcedTrue), value: .decided(true))]
                    ),
                ]
            ),
        ]
        return dump
    }
}
