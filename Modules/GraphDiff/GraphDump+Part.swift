import GraphFormats
import ParsecCore

extension GraphDump {
    /// The dump with some of its events only.
    ///
    /// What was decided stays as it was told; of what is computed only what is about these events does.
    /// - Parameter events: positions; with each event its ancestors have to be among them.
    func part(_ events: [Int]) -> GraphDump {
        var places: [Int: Int] = [:]
        for (place, position) in events.sorted().enumerated() { places[position] = place }
        var ranks: [PeerID: [Int: Int]] = [:]
        let kept = events.sorted().map { position in
            let event = self.events[position]
            let rank = ranks[event.creator]?[event.indexByCreator] ?? 0
            ranks[event.creator, default: [:]][event.indexByCreator] = rank + 1
            return Event(
                creator: event.creator,
                indexByCreator: event.indexByCreator,
                forkIndex: rank,
                cause: event.cause,
                selfParent: event.selfParent.flatMap { places[$0] },
                otherParent: event.otherParent.flatMap { places[$0] },
                lastAncestors: event.lastAncestors
            )
        }
        var part = self
        part.events = kept
        part.election.interestingEvents = election.interestingEvents.map { entry in
            InterestingEvents(peer: entry.peer, events: entry.events.compactMap { places[$0] })
        }.filter { !$0.events.isEmpty }
        part.election.undecidedEvents = election.undecidedEvents?.compactMap { places[$0] }
        part.election.metaEvents = election.metaEvents.compactMap { meta in
            places[meta.event].map { place in
                MetaEvent(
                    event: place,
                    observees: meta.observees,
                    interestingContent: meta.interestingContent,
                    metaVotes: meta.metaVotes
                )
            }
        }
        return part
    }

    /// The positions of an event's ancestors and of itself, for several events.
    func ancestors(of events: [Int]) -> [Int] {
        var found = Set(events)
        var stack = events
        while let position = stack.popLast() {
            for parent in [self.events[position].selfParent, self.events[position].otherParent].compactMap({ $0 })
            where found.insert(parent).inserted { stack.append(parent) }
        }
        return found.sorted()
    }

    /// Both dumps' events in one: those of this one, and those that only the other has.
    ///
    /// - Returns: the union, which has no decisions, and where each event of the other is in it.
    func union(_ first: KeyedDump, _ second: KeyedDump) -> (dump: GraphDump, places: [Int]) {
        var result = self
        var ranks: [PeerID: [Int: Int]] = [:]
        for event in events { ranks[event.creator, default: [:]][event.indexByCreator, default: 0] += 1 }
        var places: [Int] = []
        for (position, event) in second.dump.events.enumerated() {
            if let place = first.positions[second.keys[position]] {
                places.append(place)
                continue
            }
            let rank = ranks[event.creator]?[event.indexByCreator] ?? 0
            ranks[event.creator, default: [:]][event.indexByCreator] = rank + 1
            places.append(result.events.count)
            result.events.append(
                Event(
                    creator: event.creator,
                    indexByCreator: event.indexByCreator,
                    forkIndex: rank,
                    cause: event.cause,
                    selfParent: event.selfParent.map { places[$0] },
                    otherParent: event.otherParent.map { places[$0] },
                    lastAncestors: event.lastAncestors
                )
            )
        }
        let known = Set(peers.map(\.id))
        result.peers += second.dump.peers.filter { !known.contains($0.id) }
        return (result, places)
    }
}
