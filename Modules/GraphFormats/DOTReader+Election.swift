import MetaVoting
import ParsecCore

extension DOTReader {
    /// Reads the open election.
    mutating func readElection() throws(DOTError) {
        try scanner.expect("/// ===== meta-elections =====")
        try scanner.skipLine()
        try scanner.expectComment("consensus_history:")
        try scanner.skipLine()
        while scanner.next == UInt8(ascii: "/") {
            try scanner.expectComment()
            let place = scanner.position
            guard let digest = Digest(hexadecimal: String(decoding: scanner.word(), as: UTF8.self)) else {
                throw scanner.error(expected: "64 hexadecimal digits", at: place)
            }
            dump.election.history.append(digest)
            try scanner.skipLine()
        }
        try scanner.skipLine()
        try readInterestingEvents()
        try scanner.expectComment("all_voters: ")
        dump.election.voters = try readKnownPeers()
        try scanner.skipLine()
        try scanner.expectComment()
        if scanner.take("payload: ") {
            try scanner.skipLine()
            try scanner.expectComment()
        }
        if scanner.take("unconsensused_events: {") {
            dump.election.undecidedEvents = try readEventList(closing: "}")
            try scanner.skipLine()
            try scanner.expectComment()
        }
        try scanner.expect("meta_events: {")
        try scanner.skipLine()
        while true {
            try scanner.expectComment()
            if scanner.take("}") { break }
            try readMetaEvent()
        }
        // Nothing has to follow, not even the end of the line.
        guard !scanner.isAtEnd else { return }
        try scanner.skipLine()
        if scanner.next == UInt8(ascii: "/") { try readPayloadDigests() }
    }

    private mutating func readPayloadDigests() throws(DOTError) {
        try scanner.expectComment("payload_digests: {")
        try scanner.skipLine()
        while true {
            try scanner.expectComment()
            if scanner.take("}") { return }
            let place = scanner.position
            guard let digest = Digest(hexadecimal: String(decoding: scanner.word(), as: UTF8.self)) else {
                throw scanner.error(expected: "64 hexadecimal digits", at: place)
            }
            scanner.skipBlanks()
            dump.payloadDigests[try readObservation(isVote: false)] = digest
            try scanner.skipLine()
        }
    }

    private mutating func readInterestingEvents() throws(DOTError) {
        try scanner.expectComment("interesting_events: {")
        try scanner.skipLine()
        while true {
            try scanner.expectComment()
            if scanner.take("}") { break }
            let peer = try readPeer()
            try scanner.expect(" -> [")
            let events = try readEventList(closing: "]")
            dump.election.interestingEvents.append(GraphDump.InterestingEvents(peer: peer, events: events))
            try scanner.skipLine()
        }
        try scanner.skipLine()
    }

    /// Reads `"A_1", "B_2"` up to a closing text; returns positions in the dump.
    private mutating func readEventList(closing: StaticString) throws(DOTError) -> [Int] {
        var events: [Int] = []
        let (names, positions) = (rawByName, positions)
        try scanner.list(closing: closing) { (scanner) throws(DOTError) in
            try scanner.expect("\"")
            let place = scanner.position
            guard let event = names[try scanner.eventName()] else {
                throw scanner.error(expected: "an event of the graph", at: place)
            }
            events.append(positions[event])
            try scanner.expect("\"")
        }
        return events
    }

    private mutating func readMetaEvent() throws(DOTError) {
        let event = positions[try readEvent()]
        try scanner.expect(" -> {")
        try scanner.skipLine()
        try scanner.expectComment("observees: ")
        let observees = try readKnownPeers()
        try scanner.skipLine()
        try scanner.expectComment("interesting_content: [")
        var content: [DumpObservation] = []
        if !scanner.take("]") {
            repeat {
                scanner.skipBlanks()
                content.append(try readObservation(isVote: false))
            } while scanner.take(",")
            try scanner.expect("]")
        }
        try scanner.skipLine()
        try scanner.expectComment()
        var votes: [GraphDump.PeerMetaVotes] = []
        if scanner.take("meta_votes: {") {
            try scanner.skipLine()
            try scanner.skipLine()
            votes = try readMetaVotes()
            try scanner.skipLine()
            try scanner.expectComment()
        }
        try scanner.expect("}")
        try scanner.skipLine()
        dump.election.metaEvents.append(
            GraphDump.MetaEvent(event: event, observees: observees, interestingContent: content, metaVotes: votes)
        )
    }

    /// Reads the lines of a table of meta-votes, and the brace that ends it.
    private mutating func readMetaVotes() throws(DOTError) -> [GraphDump.PeerMetaVotes] {
        var result: [GraphDump.PeerMetaVotes] = []
        while true {
            try scanner.expectComment()
            // The writer sorts them; whatever the order of a file, what is read is what is read again.
            if scanner.take("}") { return result.sorted { $0.peer < $1.peer } }
            let place = scanner.position
            let word = try scanner.identifier("the short name of a peer, a stage or \"}\"")
            // A line begins with the short name of a peer, or goes on with the next stage: `A: 0/0` or `0/1`.
            var votes: [MetaVote] = []
            var peer: PeerID
            var round: UInt64?
            if scanner.take(": ") {
                peer = try fullName(word, place: place)
            } else {
                guard let last = result.popLast() else {
                    throw scanner.error(expected: "the short name of a peer", at: place)
                }
                (peer, votes) = (last.peer, last.votes)
                round = UInt64(String(decoding: word, as: UTF8.self)).flatMap { $0 <= limits.rounds ? $0 : nil }
                if round == nil {
                    throw scanner.error(expected: "a round up to \(limits.rounds) (limit rounds)", at: place)
                }
            }
            if round == nil { round = try scanner.number(upTo: UInt64(limits.rounds)) }
            votes.append(try readMetaVote(round: Int(round ?? 0)))
            result.append(GraphDump.PeerMetaVotes(peer: peer, votes: votes))
            try scanner.skipLine()
        }
    }

    /// The first peer in ascending order that is not below a short name (`protocol.md` section 8.4, detail 5).
    private mutating func fullName(_ short: ArraySlice<UInt8>, place: Int) throws(DOTError) -> PeerID {
        if let known = fullNames[short] { return known }
        let name = PeerID(bytes: Array(short))
        if sortedPeers.isEmpty { sortedPeers = knownPeers.sorted() }
        var candidates = sortedPeers[...]
        while !candidates.isEmpty {
            let middle = candidates.startIndex + candidates.count / 2
            candidates = sortedPeers[middle] < name ? candidates[(middle + 1)...] : candidates[..<middle]
        }
        guard candidates.startIndex < sortedPeers.count else {
            throw scanner.error(expected: "the short name of a peer", at: place)
        }
        let peer = sortedPeers[candidates.startIndex]
        fullNames[short] = peer
        return peer
    }

    private mutating func readMetaVote(round: Int) throws(DOTError) -> MetaVote {
        try scanner.expect("/")
        guard let step = Stage.Step(rawValue: Int(try scanner.number(upTo: 2))) else {
            throw scanner.error(expected: "a step from 0 to 2")
        }
        let estimates = try readBoolSet()
        let binValues = try readBoolSet()
        let auxiliary = try readBool()
        let decided = try readBool()
        let stage = Stage(round: round, step: step)
        if let decided { return MetaVote(stage: stage, value: .decided(decided)) }
        return MetaVote(
            stage: stage,
            value: .undecided(estimates: estimates, binValues: binValues, auxiliary: auxiliary)
        )
    }

    private mutating func readBoolSet() throws(DOTError) -> BoolSet {
        scanner.skipBlanks()
        if scanner.take("-") { return [] }
        if scanner.take("t") { return .justTrue }
        if scanner.take("f") { return .justFalse }
        if scanner.take("b") { return .both }
        throw scanner.error(expected: "-, t, f or b")
    }

    private mutating func readBool() throws(DOTError) -> Bool? {
        scanner.skipBlanks()
        if scanner.take("-") { return nil }
        if scanner.take("t") { return true }
        if scanner.take("f") { return false }
        throw scanner.error(expected: "-, t or f")
    }
}
