import Consensus
import GossipGraph
public import GraphFormats
import Membership
import MetaVoting
import ParsecCore
import Voting

extension Explanation {
    /// Explains something in a dump.
    ///
    /// - Parameter rules: those to decide by; by default those that the dump names, else those of the reference.
    /// - Throws: ``Fault``.
    /// - Complexity: a replay of the events up to the decision.
    public init(_ subject: Subject, in dump: GraphDump, rules: GraphDump.Rules? = nil) throws(Fault) {
        let coin = RememberingCoin()
        let replay: Replay
        do { replay = try Replay(dump, rules: (rules ?? dump.rules ?? .reference).protocolRules, coin: coin) } catch {
            throw .replay(error)
        }
        var search = Search(replay: replay, coin: coin)
        do {
            switch subject {
            case .block(let number): self = try search.block(number)
            case .payload(let text): self = try search.payload(text)
            case .event(let name): self = try search.event(name)
            }
        } catch let fault as Fault { throw fault } catch let failure as Replay.Failure { throw .replay(failure) } catch
        {
            throw .noPayload("\(error)")
        }
    }
}

/// Looks for what is to be explained, decision by decision.
private struct Search {
    var replay: Replay
    let coin: RememberingCoin

    private var agreement: Agreement { replay.agreement }

    // MARK: - Subjects

    mutating func block(_ number: Int) throws -> Explanation {
        var blocks = 0
        while let decision = try replay.nextDecision() {
            let election = DecidedElection(decision, in: replay)
            for (place, payload) in election.payloads.enumerated() where payload.isBlock {
                if blocks == number { return decided(place, election, decision, block: number) }
                blocks += 1
            }
        }
        throw Explanation.Fault.noBlock(number, count: blocks)
    }

    mutating func payload(_ text: String) throws -> Explanation {
        func isMeant(_ other: String, _ digest: Digest) -> Bool {
            other == text || other == "OpaquePayload(\(text))" || text.count >= 6 && digest.description.hasPrefix(text)
        }
        var blocks = 0
        while let decision = try replay.nextDecision() {
            let election = DecidedElection(decision, in: replay)
            for (place, payload) in election.payloads.enumerated() {
                if isMeant(payload.text, payload.digest) {
                    return decided(place, election, decision, block: payload.isBlock ? blocks : nil)
                }
                if payload.isBlock { blocks += 1 }
            }
        }
        for payload in agreement.election.undecided
        where isMeant(replay.text(of: payload), agreement.store.digest(of: payload)) { return undecided(payload) }
        throw Explanation.Fault.noPayload(text)
    }

    mutating func event(_ name: String) throws -> Explanation {
        guard let position = replay.dump.events.firstIndex(where: { $0.name == name }) else {
            throw Explanation.Fault.noEvent(name)
        }
        // The election in which the event has a role: that in which it decides, observes, or is found interesting last.
        var roles: [String] = []
        var last: Explanation.Election?
        while let decision = try replay.nextDecision() {
            guard let index = replay.event(at: position), index <= decision.event else { continue }
            let found = rolesInElection(of: index, decision)
            if !found.isEmpty {
                roles += found
                last = election(DecidedElection(decision, in: replay), decision)
            }
        }
        if let index = replay.event(at: position) { roles += rolesInElection(of: index, nil) }
        return eventExplanation(position, roles, last)
    }

    // MARK: - Events

    private func rolesInElection(of event: EventIndex, _ decision: Decision?) -> [String] {
        let election = agreement.election
        let number = election.number
        var roles: [String] = []
        if let meta = election.metaEvent(of: event, in: agreement.graph, store: agreement.store) {
            if case .observer(let observees) = meta.standing {
                let names = list(observees.map(name).sorted())
                roles.append(
                    "In election \(number) it is its creator's observer: it strongly sees the candidates of \(names)."
                )
            }
            let content = meta.interestingContent.filter { payload in
                decision.map { $0.outcome.payloads.contains(payload) } ?? true
            }
            if !content.isEmpty {
                roles.append(
                    "Here \(list(content.map(replay.text))) became interesting to its creator (election \(number))."
                )
            }
        }
        if let decision, decision.event == event {
            roles.append("Election \(number) is decided here: \(list(decision.outcome.payloads.map(replay.text))).")
        }
        return roles
    }

    private func eventExplanation(
        _ position: Int,
        _ roles: [String],
        _ election: Explanation.Election?
    ) -> Explanation {
        let dump = replay.dump
        let event = dump.events[position]
        var sentences: [String] = []
        switch event.cause {
        case .initial: sentences.append("\(event.name) is the first event of \(event.creator).")
        case .requesting(let peer): sentences.append("With \(event.name) \(event.creator) asked \(peer) for news.")
        case .request:
            sentences.append("With \(event.name) \(event.creator) took note of a request, \(parentName(event)).")
        case .response:
            sentences.append("With \(event.name) \(event.creator) took note of a response, \(parentName(event)).")
        case .observation(let observations):
            sentences.append("With \(event.name) \(event.creator) voted for \(list(observations.map(\.description))).")
        }
        if let parent = event.selfParent { sentences.append("It follows on \(dump.events[parent].name).") }
        if let index = replay.event(at: position) {
            let graph = agreement.graph
            let count = graph.events.count { $0 <= index && graph.isDescendant(index, of: $0) }
            sentences.append("It has \(count - 1) ancestor\(count == 2 ? "" : "s").")
        }
        let twins = dump.events.indices.filter { other in
            let twin = dump.events[other]
            return other != position && twin.creator == event.creator && twin.selfParent == event.selfParent
        }
        if !twins.isEmpty {
            let names = list(twins.map { dump.events[$0].name })
            sentences.append(
                "\(event.creator) forked here: \(names) stand\(twins.count == 1 ? "s" : "") at the same place."
            )
        }
        sentences += roles
        if roles.isEmpty { sentences.append("No election gave it a role.") }
        return Explanation(
            subject: event.name,
            block: nil,
            needed: nil,
            votes: [],
            missing: [],
            interesting: [],
            election: election,
            order: nil,
            sentences: sentences
        )
    }

    private func parentName(_ event: GraphDump.Event) -> String {
        event.otherParent.map { replay.dump.events[$0].name } ?? "?"
    }

    // MARK: - Payloads

    private func decided(
        _ place: Int,
        _ decided: DecidedElection,
        _ decision: Decision,
        block: Int?
    ) -> Explanation {
        let payload = decided.payloads[place]
        let election = election(decided, decision)
        let votes = votes(for: payload.index)
        let interesting = interestingPlaces(of: payload.index)
        var sentences: [String] = []
        let title = block.map { "Block \($0) is \(payload.text)" } ?? "\(payload.text) was decided, but is no block"
        sentences.append(
            "\(title), decided by election \(decided.number) at \(election.decidedAt ?? "") "
                + "among the voters \(list(election.voters))."
        )
        sentences.append(voteSentence(payload.index, votes))
        if !interesting.isEmpty {
            sentences.append(
                "It became interesting, since enough votes were seen, to "
                    + list(interesting.map { "\($0.peer) at \($0.event)" }) + "."
            )
        }
        sentences += electionSentences(election)
        let candidates = election.counted.filter { $0.payloads.contains(payload.text) }
        if !candidates.isEmpty && decided.voters.count > 1 {
            sentences.append("\(payload.text) is in the content of \(list(candidates.map(\.voter))).")
        }
        var order: String?
        if place > 0 {
            let before = decided.payloads[place - 1]
            order = "It comes after \(before.text): \(DecidedElection.reason(before, before: payload))."
        } else if decided.payloads.count > 1 {
            order =
                "It comes first of the election's \(decided.payloads.count) payloads: "
                + "\(DecidedElection.reason(payload, before: decided.payloads[1]))."
        } else {
            order = "It is the election's only payload, so that nothing had to be ordered."
        }
        if let order { sentences.append(order) }
        return Explanation(
            subject: payload.text,
            block: block,
            needed: needed(for: payload.index),
            votes: votes,
            missing: missing(votes, payload.index),
            interesting: interesting,
            election: election,
            order: order,
            sentences: sentences
        )
    }

    private func undecided(_ payload: ObservationIndex) -> Explanation {
        let votes = votes(for: payload)
        let interesting = interestingPlaces(of: payload)
        let voters = agreement.election.voters
        let election = openElection()
        var sentences = [
            "\(replay.text(of: payload)) is not decided: election \(agreement.election.number) is open, "
                + "with the voters \(list(election.voters)).",
            voteSentence(payload, votes),
        ]
        let missing = missing(votes, payload)
        if votes.count < needed(for: payload) {
            sentences.append("Without more votes nothing comes of it; it waits for votes of \(list(missing)).")
        } else if interesting.isEmpty {
            sentences.append(
                "It has the votes, but no voter's events build on enough of them yet: gossip has to go on."
            )
        } else {
            sentences.append(
                "It is interesting to " + list(interesting.map { "\($0.peer) at \($0.event)" }) + "."
            )
            let without = voters.peers.filter { voter in !interesting.contains { $0.peer == name(voter) } }
            if !voters.quorum.isSupermajority(interesting.count) {
                sentences.append(
                    "More than two thirds of the voters need an interesting payload before anybody can observe them; "
                        + "it waits for events of \(list(without.map(name)))."
                )
            } else if election.observers.isEmpty {
                sentences.append("No event strongly sees enough of these candidates yet: gossip has to go on.")
            } else {
                sentences.append(observerSentence(election))
            }
        }
        return Explanation(
            subject: replay.text(of: payload),
            block: nil,
            needed: needed(for: payload),
            votes: votes,
            missing: missing,
            interesting: interesting,
            election: election,
            order: nil,
            sentences: sentences
        )
    }

    /// What an undecided payload waits for once there are observers.
    private func observerSentence(_ election: Explanation.Election) -> String {
        let observing = Set(agreement.election.observers.map { agreement.graph.creator(of: $0.event) })
        let voters = agreement.election.voters
        let without = voters.peers.filter { !observing.contains($0) }.map(name).sorted()
        let observers = "Observers are " + list(election.observers.map(\.event))
        return voters.quorum.isSupermajority(observing.count)
            ? "\(observers), which are enough; what is missing are events that have heard of their meta-votes: gossip among "
                + "the voters has to go on."
            : "\(observers); more than two thirds of the voters need one, and it waits for events of \(list(without))."
    }

    private func needed(for payload: ObservationIndex) -> Int {
        agreement.store.mode(of: payload) == .single ? 1 : agreement.election.voters.quorum.supermajority
    }

    private func votes(for payload: ObservationIndex) -> [Explanation.Place] {
        // Who was a voter once may have voted, too.
        let voters = agreement.election.voters
        return agreement.election.votes(for: payload).filter { voters.contains($0.voter) }
            .map { Explanation.Place(peer: name($0.voter), event: name($0.event)) }
            .sorted { ($0.peer, $0.event) < ($1.peer, $1.event) }
    }

    private func missing(_ votes: [Explanation.Place], _ payload: ObservationIndex) -> [String] {
        guard agreement.store.mode(of: payload) != .single else { return [] }
        let voted = Set(votes.map(\.peer))
        return agreement.election.voters.peers.map(name).filter { !voted.contains($0) }.sorted()
    }

    private func voteSentence(_ payload: ObservationIndex, _ votes: [Explanation.Place]) -> String {
        let needed = needed(for: payload)
        let who = list(votes.map { "\($0.peer) at \($0.event)" })
        return "It needs \(needed) vote\(needed == 1 ? "" : "s"), and \(who) voted for it."
    }

    /// The first event of each voter at which the payload is interesting to it.
    private func interestingPlaces(of payload: ObservationIndex) -> [Explanation.Place] {
        let (graph, store, election) = (agreement.graph, agreement.store, agreement.election)
        var places: [Explanation.Place] = []
        for event in graph.events {
            let content = election.interestingContent(of: event, in: graph, store: store)
            guard content.contains(payload) else { continue }
            places.append(Explanation.Place(peer: name(graph.creator(of: event)), event: name(event)))
        }
        // In an order that does not depend on that of arrival, like all lists here.
        return places.sorted { ($0.peer, $0.event) < ($1.peer, $1.event) }
    }

    // MARK: - Elections

    private func observers() -> [Explanation.Observer] {
        agreement.election.observers.map { observer in
            Explanation.Observer(event: name(observer.event), observes: observer.observees.map(name).sorted())
        }.sorted { $0.event < $1.event }
    }

    private func openElection() -> Explanation.Election {
        Explanation.Election(
            number: agreement.election.number,
            voters: agreement.election.voters.peers.map(name).sorted(),
            decidedAt: nil,
            observers: observers(),
            metaVotes: [],
            counted: [],
            payloads: []
        )
    }

    private func election(_ decided: DecidedElection, _ decision: Decision) -> Explanation.Election {
        let (graph, store, election) = (agreement.graph, agreement.store, agreement.election)
        let meta = election.metaEvent(
            of: decision.event,
            attempt: election.attemptCount - 1,
            in: graph,
            store: store
        )
        let metaVotes = zip(election.voters.peers, meta?.metaVotes ?? []).map { voter, votes in
            var value: Bool?
            for case .decided(let decided) in votes.map(\.value) { value = decided }
            return Explanation.MetaVotes(
                candidate: name(voter),
                stages: votes.map { [$0.stage.description] + $0.text.split(separator: " ").map(String.init) },
                decided: value,
                coins: tosses(for: voter, decision)
            )
        }
        return Explanation.Election(
            number: decided.number,
            voters: decided.voters.map(\.description),
            decidedAt: replay.dump.events[decided.event].name,
            observers: observers(),
            metaVotes: metaVotes,
            counted: decided.contents.map { content in
                Explanation.Content(
                    voter: content.voter.description,
                    candidate: content.candidate.map { replay.dump.events[$0].name },
                    payloads: content.payloads.map(replay.text)
                )
            },
            payloads: decided.payloads.map(\.text)
        )
    }

    /// The tosses of the coin that had a part in a decision about a voter's candidate.
    private func tosses(for voter: PeerIndex, _ decision: Decision) -> [Explanation.Toss] {
        let (graph, election) = (agreement.graph, agreement.election)
        return coin.tosses { flip in
            flip.election == election.number && flip.attempt == election.attemptCount - 1 && flip.voter == voter
                && graph.isDescendant(decision.event, of: flip.event)
        }.map { Explanation.Toss(event: name($0.flip.event), round: $0.flip.round, value: $0.value) }
            .sorted { ($0.round, $0.event) < ($1.round, $1.event) }
    }

    private func coinText(_ tosses: [Explanation.Toss]) -> String {
        let falls: [(key: String, value: String)] = tosses.map {
            ("of round \($0.round) fell on \($0.value)", $0.event)
        }
        return grouped(falls).map { ", the coin \($0.key) at \(list($0.values))" }.joined()
    }

    private func electionSentences(_ election: Explanation.Election) -> [String] {
        if election.voters.count == 1 { return ["The only voter decides alone."] }
        var sentences = grouped(election.observers.map { (list($0.observes), $0.event) }).map { observees, events in
            (events.count == 1
                ? "\(events[0]) is an observer: it strongly sees" : "\(list(events)) are observers: each strongly sees")
                + " the candidates of \(observees)."
        }
        let outcomes: [(key: String, value: String)] = election.metaVotes.compactMap { votes in
            guard let decided = votes.decided, let stage = votes.stages.last?.first else { return nil }
            return ("\(decided) \(stage)\(coinText(votes.coins))", votes.candidate)
        }
        let texts = grouped(outcomes).map { outcome, peers in
            let (isOne, parts) = (peers.count == 1, outcome.split(separator: " ", maxSplits: 1))
            let verb = parts[0] == "true" ? (isOne ? "counts" : "count") : (isOne ? "does not count" : "do not count")
            return "the candidate\(isOne ? "" : "s") of \(list(peers)) \(verb) (stage \(parts[1]))"
        }
        if let event = election.decidedAt, !texts.isEmpty {
            sentences.append("The meta-votes of \(event) decide: \(texts.joined(separator: "; ")).")
        }
        return sentences
    }

    /// Values by key, in the order in which the keys come first.
    private func grouped(_ pairs: [(key: String, value: String)]) -> [(key: String, values: [String])] {
        var groups: [(key: String, values: [String])] = []
        for (key, value) in pairs {
            if let place = groups.firstIndex(where: { $0.key == key }) {
                groups[place].values.append(value)
            } else {
                groups.append((key, [value]))
            }
        }
        return groups
    }

    // MARK: - Names

    private func name(_ peer: PeerIndex) -> String { agreement.peers.id(of: peer).description }

    private func name(_ event: EventIndex) -> String { replay.dump.events[replay.position(of: event)].name }

    private func list(_ items: [String]) -> String {
        switch items.count {
        case 0: "nobody"
        case 1: items[0]
        default: items.dropLast().joined(separator: ", ") + " and " + items[items.count - 1]
        }
    }
}
