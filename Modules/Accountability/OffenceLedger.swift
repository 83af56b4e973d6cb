public import GossipGraph
public import Membership
public import ParsecCore
public import Voting

/// What the ancestry of each event shows about who broke the rules, and whom each chain has accused.
///
/// Everything here is a function of an event's ancestors, so that all peers that have an event agree on what it shows.
/// Each offence is defined once, here, but for forks, which the graph knows (`protocol.md` section 5,
/// with the differences that `docs/accountability.md` names).
public struct OffenceLedger: Sendable {
    /// The observation that the network begins with.
    private let genesis: Observation

    private var shown = OffenceColumn()
    private var accused = OffenceColumn()

    /// Which events vote for a payload, and which answer a request or take an answer.
    private var votes = FirstMentions()
    private var answers = FirstMentions()

    /// - Parameter genesis: the observation that the network begins with.
    public init(genesis: Observation) {
        self.genesis = genesis
    }

    // MARK: - What is known

    /// The offences that an event and its ancestors show.
    public func shown(by event: EventIndex, in graph: Graph) -> OffenceSet {
        shown[shown.number(Int(event.value - graph.startIndex.value))]
    }

    /// Whom an event's creator has accused of what, up to the event.
    public func accused(upTo event: EventIndex, in graph: Graph) -> OffenceSet {
        accused[accused.number(Int(event.value - graph.startIndex.value))]
    }

    /// What the creator of an event has to accuse others of before its next sync event.
    public func duties(after event: EventIndex, in graph: Graph) -> [(offender: PeerIndex, offence: Offence)] {
        shown(by: event, in: graph)
            .charges(notIn: accused(upTo: event, in: graph), except: graph.creator(of: event))
    }

    // MARK: - New events

    /// Takes note of the newest event of a graph.
    ///
    /// - Complexity: the number of its observations; more only where an offence comes to light.
    public mutating func add(_ event: EventIndex, in graph: Graph, _ store: ObservationStore, _ peers: PeerList) {
        let position = Int(event.value - graph.startIndex.value)
        func offset(_ event: EventIndex) -> Int { Int(event.value - graph.startIndex.value) }
        let selfParent = graph.selfParent(of: event)
        let before = selfParent.map { shown.number(offset($0)) } ?? 0
        var number = shown.union(before, graph.otherParent(of: event).map { shown.number(offset($0)) } ?? 0)
        let forkers = graph.provenForkers(in: event)
        let offences = offences(of: event, in: graph, store, peers, before: shown[before])
        if !forkers.isEmpty && !forkers.allSatisfy(shown[number][.fork].contains) || !offences.isEmpty {
            var set = shown[number]
            for forker in forkers { set.insert(.fork, by: forker) }
            for offence in offences { set.insert(offence, by: graph.creator(of: event)) }
            number = shown.number(of: set)
        }
        shown.append(number, at: position)

        var accusations = OffenceSet()
        for observation in graph.observations(of: event) {
            // An accusation that the ancestors do not bear out is none: who is in it need not even be known here.
            if case .accusation(let id, .shown(let offence)) = store.observation(of: observation),
                let offender = peers.index(of: id), shown[before].contains(offence, by: offender)
            {
                accusations.insert(offence, by: offender)
            }
        }
        let earlier = selfParent.map { accused.number(offset($0)) } ?? 0
        accused.append(accused.union(earlier, accusations.isEmpty ? 0 : accused.number(of: accusations)), at: position)
    }

    // MARK: - The definitions

    /// The offences that an event itself commits, given its ancestors.
    private mutating func offences(
        of event: EventIndex,
        in graph: Graph,
        _ store: ObservationStore,
        _ peers: PeerList,
        before: OffenceSet
    ) -> [Offence] {
        var result: [Offence] = []
        let creator = graph.creator(of: event)
        var votesForGenesis = false
        for payload in graph.observations(of: event) {
            switch store.observation(of: payload) {
            case .genesis(let group, _):
                votesForGenesis = true
                let isFirst = graph.selfParent(of: event).map { graph.kind(of: $0) == .initial } ?? false
                if store.observation(of: payload) != genesis { result.append(.incorrectGenesis) }
                if !isFirst || !group.contains(peers.id(of: creator)) { result.append(.unexpectedGenesis) }
            case .accusation(let id, let malice):
                if malice.isProvable && !bears(before, out: malice, of: peers.index(of: id)) {
                    result.append(.invalidAccusation)
                }
            case .add, .remove, .opaque, .keyGeneration: break
            }
            if !votes.note(payload.position, by: event, in: graph) { result.append(.duplicateVote) }
        }
        if graph.indexByCreator(of: event) == 1, !votesForGenesis, isFounder(peers.id(of: creator)) {
            result.append(.missingGenesis)
        }
        switch graph.kind(of: event) {
        case .request:
            if !answersRequest(event, in: graph) { result.append(.invalidRequest) }
        case .response:
            if !takesAnswer(event, in: graph) { result.append(.invalidResponse) }
        case .initial, .requesting, .observation: break
        }
        if graph.kind(of: event).isSync && isAccomplice(event, in: graph, before: before) { result.append(.accomplice) }
        return result
    }

    /// Whether a sync event lacks an accusation before it, or takes up the word of somebody whose offence its
    /// self-parent shows.
    private func isAccomplice(_ event: EventIndex, in graph: Graph, before: OffenceSet) -> Bool {
        if before.isEmpty { return false }
        let creator = graph.creator(of: event)
        if let word = graph.otherParent(of: event).map(graph.creator), word != creator, before.contains(by: word) {
            return true
        }
        // What the creator knew with its sync event before, it had to say before this one.
        guard let last = graph.selfSyncParent(of: event), let parent = graph.selfParent(of: event) else { return false }
        let known = shown(by: last, in: graph)
        return !known.charges(notIn: accused(upTo: parent, in: graph), except: creator).isEmpty
    }

    /// Whether offences are what somebody is accused of.
    private func bears(_ offences: OffenceSet, out malice: Malice, of offender: PeerIndex?) -> Bool {
        guard case .shown(let offence) = malice, let offender else { return false }
        return offences.contains(offence, by: offender)
    }

    private func isFounder(_ id: PeerID) -> Bool {
        guard case .genesis(let group, _) = genesis else { return false }
        return group.contains(id)
    }

    /// Whether a Request follows on a request to its creator that it has not answered before (`protocol.md` section
    /// 2.9).
    private mutating func answersRequest(_ event: EventIndex, in graph: Graph) -> Bool {
        guard let request = graph.otherParent(of: event), graph.kind(of: request) == .requesting,
            graph.recipient(of: request) == graph.creator(of: event)
        else { return false }
        return answers.note(Int(request.value - graph.startIndex.value), by: event, in: graph)
    }

    /// Whether a Response follows on an answer to its creator's request that it has not taken before (`protocol.md`
    /// section 2.9).
    private mutating func takesAnswer(_ event: EventIndex, in graph: Graph) -> Bool {
        guard let head = graph.otherParent(of: event), let answer = graph.selfSyncAncestor(of: head),
            graph.kind(of: answer) == .request, let request = graph.otherParent(of: answer),
            graph.creator(of: request) == graph.creator(of: event)
        else { return false }
        return answers.note(Int(answer.value - graph.startIndex.value), by: event, in: graph)
    }
}

extension Malice {
    /// Whether it is for the graph to show, and not for an application to say.
    public var isProvable: Bool {
        switch self {
        case .other: false
        case .fork, .invalidAccusation, .accomplice, .shown: true
        }
    }
}
