import GossipGraph
import ParsecCore
import Voting

/// The interesting events of all voters: for each chain of events those with undecided content, oldest first.
///
/// The first of a chain is the voter's candidate. What is interesting at an event is found once, when the event
/// arrives; a decision only moves each chain on to its next event with undecided content. One payload that never
/// gathers votes holds up nothing.
struct InterestingEvents: Sendable {
    private struct Lane: Sendable {
        var events: [InterestingEvent] = []

        /// The position of the first event whose content is not all decided.
        var head = 0
    }

    private(set) var tally: VoteTally
    private var lanes: [Lane] = []

    init(tally: VoteTally) {
        self.tally = tally
    }

    /// The candidate of a lane: its first interesting event, with content that is undecided at least in part.
    func candidate(onLane lane: BranchIndex) -> InterestingEvent? {
        guard lane.position < lanes.count else { return nil }
        let lane = lanes[lane.position]
        return lane.head < lane.events.count ? lane.events[lane.head] : nil
    }

    /// From the candidate of each lane on, all its events.
    var undecidedEvents: [EventIndex] { lanes.flatMap { $0.events[$0.head...].map(\.event) } }

    /// The lane of the branch on which an event lies.
    func lane(of event: EventIndex, in graph: Graph) -> BranchIndex {
        tally.lane(of: graph.branch(of: event), in: graph)
    }

    /// The undecided payloads that became interesting at an event, in order.
    func content(at event: EventIndex, in graph: Graph, store: ObservationStore) -> [ObservationIndex] {
        let lane = lane(of: event, in: graph)
        guard lane.position < lanes.count else { return [] }
        // The events of a lane ascend.
        let events = lanes[lane.position].events
        var (low, high) = (0, events.count)
        while low < high {
            let middle = low + (high - low) / 2
            if events[middle].event < event { low = middle + 1 } else { high = middle }
        }
        guard low < events.count, events[low].event == event else { return [] }
        return store.undecided(events[low].content)
    }

    /// The undecided payloads that became interesting at an event or before it on its chain, in order.
    func contents(upTo event: EventIndex, in graph: Graph, store: ObservationStore) -> [ObservationIndex] {
        let lane = lane(of: event, in: graph)
        guard lane.position < lanes.count else { return [] }
        let entries = lanes[lane.position].events[lanes[lane.position].head...]
        let payloads = entries.prefix { $0.event <= event }.flatMap { store.undecided($0.content) }
        return sorted(payloads, at: event, in: graph, store: store)
    }

    /// Takes note of a new event; returns the lane whose candidate may have changed.
    mutating func insert(_ event: EventIndex, in graph: Graph, store: ObservationStore) -> BranchIndex? {
        if graph.kind(of: event) == .observation { tally.register(event, in: graph, store: store) }
        guard tally.voters.contains(graph.creator(of: event)) else { return nil }
        let index = graph.branch(of: event)
        let lane = tally.lane(of: index, in: graph)
        var isChanged = false
        if let parent = graph.selfParent(of: event), graph.branch(of: parent) != index {
            // A branch begins with what was interesting before the fork; a shared lane has it already.
            let findings = tally.open(index, in: graph, store: store)
            if lane == index && !findings.isEmpty {
                append(findings, to: lane, in: graph, store: store)
                isChanged = true
            }
        }
        if graph.kind(of: event).isSync {
            let payloads = tally.advance(to: event, in: graph, store: store)
            if !payloads.isEmpty {
                append(sorted(payloads, at: event, in: graph, store: store), at: event, to: lane)
                isChanged = true
            }
        }
        return isChanged ? lane : nil
    }

    /// Forgets decided payloads and moves every lane on to its next event with undecided content.
    mutating func removeDecided(_ decided: [ObservationIndex], store: ObservationStore) {
        tally.remove(decided, store: store)
        for lane in lanes.indices { advanceHead(ofLane: lane, store: store) }
    }

    /// Works out anew what is interesting, for other voters.
    mutating func restart(voters: VoterSet, in graph: Graph, store: ObservationStore) {
        lanes = []
        for (lane, findings) in tally.restart(voters: voters, in: graph, store: store) {
            append(findings, to: lane, in: graph, store: store)
        }
    }

    // MARK: - Inside a lane

    private mutating func append(
        _ findings: [VoteTally.Finding],
        to lane: BranchIndex,
        in graph: Graph,
        store: ObservationStore
    ) {
        var rest = findings[...]
        while let event = rest.first?.event {
            let payloads = rest.prefix { $0.event == event }.map(\.payload)
            append(sorted(payloads, at: event, in: graph, store: store), at: event, to: lane)
            rest = rest.dropFirst(payloads.count)
        }
    }

    private mutating func append(_ content: [ObservationIndex], at event: EventIndex, to lane: BranchIndex) {
        while lanes.count <= lane.position {
            lanes.append(Lane())
            lanes[lanes.count - 1].events.reserveCapacity(8)
        }
        lanes[lane.position].events.append(InterestingEvent(event: event, content: content))
    }

    private mutating func advanceHead(ofLane position: Int, store: ObservationStore) {
        var head = lanes[position].head
        let count = lanes[position].events.count
        while head < count && store.areDecided(lanes[position].events[head].content) { head += 1 }
        lanes[position].head = head
        // What lies before the head is dropped now and then, so that memory follows what is undecided.
        if head > 64 && 2 * head > count {
            lanes[position].events.removeFirst(head)
            lanes[position].head = 0
        }
    }

    /// Orders payloads: the creator's own votes by their place on its chain, then the others by digest and voter.
    private func sorted(
        _ payloads: [ObservationIndex],
        at event: EventIndex,
        in graph: Graph,
        store: ObservationStore
    ) -> [ObservationIndex] {
        if payloads.count < 2 { return payloads }
        let creator = graph.creator(of: event)
        var ranks: [PayloadRank] = []
        ranks.reserveCapacity(payloads.count)
        for payload in payloads {
            // Where one vote decides, the votes need no look to know that there is none of one's own.
            if !store.isSomebodyElses(payload, than: creator),
                let vote = tally.ownVote(for: payload, at: event, in: graph)
            {
                let place = UInt64(graph.indexByCreator(of: vote.event))
                ranks.append(PayloadRank(payload, first: place, second: UInt64(vote.position)))
            } else {
                ranks.append(PayloadRank(payload, first: .max, second: 0))
            }
        }
        return PayloadRank.sorted(&ranks, store: store)
    }
}
