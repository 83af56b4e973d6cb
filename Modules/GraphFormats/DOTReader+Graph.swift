import ParsecCore
import Voting

extension DOTReader {
    // MARK: - Edges

    /// Reads the edges: in each peer's cluster those of its chain, behind it those to other-parents.
    mutating func readGraph() throws(DOTError) {
        try scanner.expect("digraph GossipGraph")
        for _ in 0..<4 { try scanner.skipLine() }
        scanner.skipWhitespace()
        // An other-parent may be named before its cluster, so those edges are resolved at the end.
        var edges: [(parent: ArraySlice<UInt8>, child: ArraySlice<UInt8>, place: Int)] = []
        repeat {
            try scanner.expect("style=invis")
            scanner.skipWhitespace()
            try scanner.expect("subgraph cluster_")
            try readCluster()
            scanner.skipWhitespace()
            while scanner.take("\"") {
                let place = scanner.position
                let parent = try scanner.eventName()
                try scanner.expect("\" -> \"")
                edges.append((parent, try scanner.eventName(), place))
                try scanner.expect("\"")
                try scanner.skipLine()
                scanner.skipWhitespace()
            }
        } while scanner.next == UInt8(ascii: "s")
        for edge in edges {
            guard let parent = rawByName[edge.parent], let child = rawByName[edge.child] else {
                throw scanner.error(expected: "an edge between events of the clusters", at: edge.place)
            }
            guard raw[child].otherParent == nil else {
                throw scanner.error(expected: "at most one other-parent of an event", at: edge.place)
            }
            raw[child].otherParent = parent
        }
        try scanner.skip(to: UInt8(ascii: "}"))
        for _ in 0..<3 { try scanner.skipLine() }
    }

    /// Reads the chain of one peer.
    private mutating func readCluster() throws(DOTError) {
        let creator = try readPeer()
        scanner.skipWhitespace()
        try scanner.expect("{")
        for _ in 0..<3 { try scanner.skipLine() }
        scanner.skipWhitespace()
        while scanner.take("\"") {
            let place = scanner.position
            let parentName = try scanner.eventName()
            try scanner.expect("\" -> \"")
            let childPlace = scanner.position
            let child = try scanner.eventName()
            try scanner.expect("\"")
            var parent: Int?
            // The first event of a peer hangs on the peer's name, which unlike an event's has no index.
            if parentName.contains(UInt8(ascii: "_")) {
                parent = rawByName[parentName]
                guard let parent, raw[parent].creator == creator else {
                    throw scanner.error(expected: "an earlier event of \(creator)", at: place)
                }
            }
            try addEvent(child, by: creator, selfParent: parent, place: childPlace)
            try scanner.skipLine()
            scanner.skipWhitespace()
        }
        try scanner.expect("}")
    }

    private mutating func addEvent(
        _ name: ArraySlice<UInt8>,
        by creator: PeerID,
        selfParent: Int?,
        place: Int
    ) throws(DOTError) {
        guard raw.count < limits.events else {
            throw scanner.error(expected: "at most \(limits.events) events (limit events)", at: place)
        }
        guard rawByName[name] == nil else { throw scanner.error(expected: "each event once", at: place) }
        // A name is the peer's short name, an index, and where several events share it the rank among them.
        let parts = name.split(separator: UInt8(ascii: "_"), omittingEmptySubsequences: false)
        let numbers = (parts.last ?? []).split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        guard parts.count == 2, (1...2).contains(numbers.count),
            let index = numbers.first.flatMap({ Int(String(decoding: $0, as: UTF8.self)) }), index >= 0,
            let fork = numbers.count == 1 ? 0 : Int(String(decoding: numbers[1], as: UTF8.self)), fork >= 0
        else { throw scanner.error(expected: "the name of an event such as A_2 or A_2,1", at: place) }
        // No peer has more events than a file may, which also keeps sums of indices from overflowing.
        guard index <= limits.events && fork <= limits.events else {
            throw scanner.error(expected: "an index up to \(limits.events) (limit events)", at: place)
        }
        if let selfParent, raw[selfParent].index != index - 1 {
            throw scanner.error(expected: "the index after the self-parent's, \(raw[selfParent].index + 1)", at: place)
        }
        rawByName[name] = raw.count
        raw.append(RawEvent(creator: creator, index: index, fork: fork, place: place, selfParent: selfParent))
    }

    // MARK: - Details

    /// Reads the cause of each event.
    mutating func readDetails() throws(DOTError) {
        try scanner.expect("/// ===== details of events")
        try scanner.skipLine()
        scanner.skipBlanks()
        while scanner.take("\"") {
            let place = scanner.position
            let event = try readEvent()
            guard raw[event].cause == nil else { throw scanner.error(expected: "details of an event once", at: place) }
            try scanner.expect("\" ")
            try scanner.skipBrackets()
            try scanner.skipLine()
            try scanner.expectComment("cause: ")
            let causePlace = scanner.position
            let cause = try readCause()
            raw[event].cause = cause
            try scanner.expectLineEnd()
            switch cause {
            case .request, .response:
                guard raw[event].otherParent != nil else {
                    throw scanner.error(
                        expected: "a cause without an other-parent, as the graph has none",
                        at: causePlace
                    )
                }
            case .initial, .requesting, .observation:
                guard raw[event].otherParent == nil else {
                    throw scanner.error(expected: "Request or Response, as there is an other-parent", at: causePlace)
                }
            }
            try readLastAncestors(of: event)
            try scanner.skipLine()
            scanner.skipBlanks()
        }
        try scanner.expect("}")
        try scanner.skipLine()
        try scanner.skipLine()
    }

    private mutating func readLastAncestors(of event: Int) throws(DOTError) {
        try scanner.expectComment("last_ancestors: {")
        var found: [GraphDump.LastAncestor] = []
        let limit = UInt64(limits.events)
        try scanner.list(closing: "}") { (scanner) throws(DOTError) in
            let id = PeerID(bytes: Array(try scanner.identifier("the name of a peer or \"}\"")))
            try scanner.expect(": ")
            found.append(GraphDump.LastAncestor(peer: id, indexByCreator: Int(try scanner.number(upTo: limit))))
        }
        raw[event].lastAncestors = found
        try scanner.skipLine()
    }

    private mutating func readCause() throws(DOTError) -> GraphDump.Cause {
        if scanner.take("Initial") { return .initial }
        if scanner.take("Requesting(") {
            let recipient = try readAnyPeer()
            try scanner.expect(")")
            return .requesting(recipient: recipient)
        }
        if scanner.take("Request") { return .request }
        if scanner.take("Response") { return .response }
        guard scanner.take("Observation(") else {
            throw scanner.error(expected: "Initial, Requesting, Request, Response or Observation")
        }
        var observations: [DumpObservation] = []
        repeat {
            scanner.skipBlanks()
            observations.append(try readObservation(isVote: true))
        } while scanner.take(",")
        try scanner.expect(")")
        return .observation(observations)
    }

    // MARK: - Observations

    /// Reads an observation.
    ///
    /// - Parameter isVote: whether it is the cause of an event, where messages of a key generation have their bytes.
    mutating func readObservation(isVote: Bool) throws(DOTError) -> DumpObservation {
        if scanner.take("Genesis(") {
            let group = try readPeers()
            try scanner.expect(")")
            return .genesis(group: group)
        }
        if scanner.take("Add") {
            let (peer, info) = try readWho()
            return .add(peer, info: info)
        }
        if scanner.take("Remove") {
            let (peer, info) = try readWho()
            return .remove(peer, info: info)
        }
        if scanner.take("OpaquePayload(") {
            let text = String(decoding: scanner.word(), as: UTF8.self)
            try scanner.expect(")")
            return .opaque(text)
        }
        if scanner.take("StartDkg(") {
            let peers = try readPeers()
            try scanner.expect(")")
            return .startKeyGeneration(peers)
        }
        if scanner.take("DkgMessage(") { return try readKeyGeneration(isVote: isVote) }
        if scanner.take("Accusation") {
            scanner.skipBlanks()
            try scanner.expect("{")
            scanner.skipBlanks()
            let offender = try readAnyPeer()
            try scanner.expect(",")
            scanner.skipBlanks()
            let malice = try readMalice(depth: 0)
            scanner.skipBlanks()
            try scanner.expect("}")
            return .accusation(offender: offender, malice)
        }
        if scanner.take("?") { return .unknown }
        throw scanner.error(expected: "an observation, such as Add(Fred) or OpaquePayload(x)")
    }

    private mutating func readWho() throws(DOTError) -> (PeerID, [UInt8]) {
        if scanner.take("(") {
            let peer = try readAnyPeer()
            try scanner.expect(")")
            return (peer, [])
        }
        try scanner.expect("{ peer_id: ")
        let peer = try readAnyPeer()
        try scanner.expect(", related_info: [")
        let info = try readBytes()
        scanner.skipBlanks()
        try scanner.expect("}")
        return (peer, info)
    }

    private mutating func readKeyGeneration(isVote: Bool) throws(DOTError) -> DumpObservation {
        let kind: DumpObservation.KeyGenerationMessage
        if scanner.take("DkgPart(") {
            kind = .part
        } else if scanner.take("DkgAck(") {
            kind = .acknowledgement
        } else {
            throw scanner.error(expected: "DkgPart or DkgAck")
        }
        let number = try scanner.number(upTo: .max)
        try scanner.expect("))")
        guard isVote else { return .keyGeneration(kind, number: number, message: nil) }
        try scanner.expect(", SerialisedDkgMessage([")
        let message = try readBytes()
        try scanner.expect(")")
        return .keyGeneration(kind, number: number, message: message)
    }

    private mutating func readMalice(depth: Int) throws(DOTError) -> DumpMalice {
        guard depth <= limits.accomplices else {
            throw scanner.error(expected: "at most \(limits.accomplices) accomplices (limit accomplices)")
        }
        if scanner.take("Fork(") {
            let event = try readEventText()
            try scanner.expect(")")
            return .fork(event)
        }
        if scanner.take("InvalidAccusation(") {
            let event = try readEventText()
            try scanner.expect(")")
            return .invalidAccusation(event)
        }
        if scanner.take("Other(") {
            let code = UInt8(try scanner.number(upTo: 255))
            try scanner.expect(")")
            return .other(code: code)
        }
        if scanner.take("Shown(") {
            let place = scanner.position
            let name = String(decoding: try scanner.eventName(), as: UTF8.self)
            guard let offence = Offence.allCases.first(where: { $0.description == name }) else {
                throw scanner.error(expected: "the name of an offence", at: place)
            }
            try scanner.expect(")")
            return .shown(offence)
        }
        guard scanner.take("Accomplice(") else {
            throw scanner.error(expected: "Fork, InvalidAccusation, Accomplice, Other or Shown")
        }
        // The name of an event may end with a comma and a fork index; here a comma and a blank follow.
        let event = try readEventText()
        scanner.skipBlanks()
        let malice = try readMalice(depth: depth + 1)
        try scanner.expect(")")
        return .accomplice(event, malice)
    }

    private mutating func readEventText() throws(DOTError) -> String {
        let place = scanner.position
        var name = try scanner.eventName()
        if name.last == UInt8(ascii: ",") { name = name.dropLast() }
        // A second comma would be dropped when what is written is read again.
        guard let last = name.last, last != UInt8(ascii: ",") else {
            throw scanner.error(expected: "the name of an event", at: place)
        }
        return String(decoding: name, as: UTF8.self)
    }
}
