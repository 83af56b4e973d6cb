import ParsecCore
import Voting

/// The model with the voters of an election and the payloads decided before it: what the definitions refer to.
struct ModelElectionScope {
    let model: SlowModel
    let voters: [PeerID]

    /// The numbers of the payloads that are not decided yet.
    let undecided: [Int]

    /// The position of each voter in the graph's list of peers; -1 if the graph never mentions it.
    let voterPositions: [Int]

    init(model: SlowModel, voters: [PeerID], decidedBefore: Set<ModelPayload>) {
        self.model = model
        self.voters = voters
        undecided = model.payloads.indices.filter { !decidedBefore.contains(model.payloads[$0]) }
        voterPositions = voters.map { model.graph.positions[$0] ?? -1 }
    }

    var graph: ModelGraph { model.graph }

    func isSupermajority(_ count: Int) -> Bool { 3 * count > 2 * voters.count }

    /// Says whether an event is a sync event by a voter, and so can carry meta-events.
    func isSyncByVoter(_ event: Int) -> Bool {
        graph.events[event].cause.isSync && voterPositions.contains(graph.creators[event])
    }

    /// Says whether a payload is interesting at an event (`protocol.md` section 4.5).
    func isInteresting(_ event: Int, _ payload: Int) -> Bool {
        let ancestors = graph.ancestors[event]
        func reachesVote(by peer: Int) -> Bool {
            model.carriers[payload][peer]?.contains { ancestors.contains($0.event) } ?? false
        }
        if model.payloads[payload].creator == nil {
            return isSupermajority(voterPositions.count { reachesVote(by: $0) })
        }
        return isSupermajority(voterPositions.count { $0 >= 0 && graph.hasAncestor(byPosition: $0, event) })
            && model.carriers[payload].keys.contains { reachesVote(by: $0) }
    }

    /// For each event, the undecided payloads that are interesting there or at a self-ancestor, for voters' sync events.
    ///
    /// What is interesting stays so along a chain, so only the rest is looked at.
    func interestingPayloads() -> [ModelBitSet] {
        var result: [ModelBitSet] = []
        for event in graph.events.indices {
            var known = graph.selfParent(of: event).map { result[$0] } ?? ModelBitSet()
            if isSyncByVoter(event) {
                for payload in undecided where !known.contains(payload) && isInteresting(event, payload) {
                    known.insert(payload)
                }
            }
            result.append(known)
        }
        return result
    }

    /// For each event, the payloads that are interesting there and at no self-ancestor, in the creator's order.
    func firstContents(_ interesting: [ModelBitSet]) -> [[Int]] {
        graph.events.indices.map { event in
            let before = graph.selfParent(of: event).map { interesting[$0] } ?? ModelBitSet()
            return sorted(interesting[event].elements.filter { !before.contains($0) }, for: event)
        }
    }

    /// The contents for the attempt after one: all interesting payloads, at the first decided event of each chain.
    func laterContents(_ interesting: [ModelBitSet], _ previous: ModelAttempt) -> [[Int]] {
        let decided = ModelBitSet(previous.decidedEvents)
        return graph.events.indices.map { event in
            let onChain = graph.selfAncestors[event].intersection(decided)
            guard onChain.elements == [event] else { return [] }
            return sorted(interesting[event].elements, for: event)
        }
    }

    /// Sorts payloads: first those that the event's creator voted for on this chain, in the order of its votes.
    private func sorted(_ payloads: [Int], for event: Int) -> [Int] {
        func vote(_ payload: Int) -> (index: Int, place: Int) {
            let own = model.carriers[payload][graph.creators[event]] ?? []
            let onChain = own.filter { graph.isSelfDescendant(event, of: $0.event) }
            return onChain.map { (graph.indexByCreator[$0.event], $0.place) }.min { $0 < $1 } ?? (.max, .max)
        }
        let keyed = payloads.map { (vote: vote($0), payload: $0) }
        return keyed.sorted { ($0.vote.index, $0.vote.place, $0.payload) < ($1.vote.index, $1.vote.place, $1.payload) }
            .map(\.payload)
    }

    /// The contents that count at a deciding event: those of the candidates observed by the observers before it.
    func decidedContents(
        _ contents: [[Int]],
        _ attempt: ModelAttempt,
        at event: Int,
        _ violations: inout [String]
    ) -> [[Int]] {
        guard let decisions = attempt.decisions(at: event) else { return [] }
        var lists: [[Int]] = []
        for (position, voter) in voters.enumerated() where decisions[position] {
            let observers = attempt.observees.keys.filter { graph.isDescendant(event, of: $0) }
            let candidates = Set(observers.compactMap { attempt.observees[$0]?[voter] })
            if candidates.count != 1 {
                violations.append("at event \(event) voter \(voter) is in with the candidates \(candidates.sorted())")
            }
            if let candidate = candidates.min() { lists.append(contents[candidate]) }
        }
        return lists
    }

    /// Merges lists: by least position, then descending count, then comparison (`protocol.md` section 4.8).
    func order(_ lists: [[Int]]) -> [ModelPayload] {
        var position: [Int: Int] = [:]
        var count: [Int: Int] = [:]
        for list in lists {
            for (place, payload) in list.enumerated() {
                position[payload] = min(position[payload] ?? place, place)
                count[payload, default: 0] += 1
            }
        }
        let ordered = position.keys.sorted { a, b in
            if position[a] != position[b] { return position[a, default: 0] < position[b, default: 0] }
            if count[a] != count[b] { return count[a, default: 0] > count[b, default: 0] }
            return a < b
        }
        return ordered.map { model.payloads[$0] }
    }
}
