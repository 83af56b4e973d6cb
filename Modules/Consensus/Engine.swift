public import Accountability
import GossipGraph
public import Membership
import MetaVoting
public import ParsecCore
public import Voting

/// One peer of a network, as a pure state machine: votes and messages go in, messages and blocks come out.
///
/// It reads no clock, draws no random number and does no input or output; the same calls give the same results, on
/// every machine. Every call either succeeds or throws an ``EngineError`` and leaves the engine as it was; only a
/// message of which some events are bad counts in part, and its ``Receipt`` says what was refused.
///
/// Whoever drives the engine decides when to gossip and to whom, and delivers messages; they may be lost, repeated and
/// reordered.
public struct Engine: Sendable {
    public let network: Network

    /// The digest of the network, which everything that is signed covers.
    public let networkDigest: Digest

    public let limits: EngineLimits

    /// The graph and what follows from it.
    public internal(set) var agreement: Agreement

    /// What the events show about who broke the rules.
    public private(set) var ledger: OffenceLedger

    /// Called at each decision, before its election is closed: for those who want to look at the election.
    public var inspector: (@Sendable (Agreement, Decision) -> Void)?

    /// What the engine digests, signs and verifies with.
    public let cryptography: Cryptography

    /// The members that a joiner took the history from; nil for a member of the initial group.
    let contacts: [PeerID]?

    /// The newest event that this engine created.
    ///
    /// Not the newest by its identity: if the key is in use elsewhere too, this engine's own events still form a chain.
    private(set) var ownTip: EventIndex?

    /// The signature of each event; none if arrivals are kept, which hold them.
    private var signatures: [Signature] = []

    /// Whether the engine creates no events for now, not even by itself; see ``resume()``.
    public internal(set) var isHeldBack = false

    /// The roots over the votes of events of which nothing has been decided, as far as they are known.
    private var roots: [EventIndex: Digest] = [:]

    /// What each event arrived as, or is sent as, if messages keep the digests of their events.
    private(set) var arrivals: [Arrival]?

    /// Whether the engine is that of an accomplice, which accuses nobody.
    var concealsOffences = false

    /// The events that this peer has made the other-parent of one of its own.
    var answered: Set<EventIndex> = []

    /// The last events of requests that came before this peer was admitted.
    var pendingHeads: [EventIndex] = []

    /// What is kept of the exchanges with each peer.
    var links: [PeerIndex: Link] = [:]

    private var blocks: [Block] = []
    private var blocksTaken = 0
    /// The number of blocks that this peer has come to, taken or not.
    public private(set) var blockCount = 0
    private var lastBlockDigest: Digest

    /// Makes the engine of a member of the initial group; it has an Initial event and votes for the genesis block.
    ///
    /// - Parameter cryptography: its signer is a member of the network's initial group.
    public init(
        member cryptography: Cryptography,
        of network: Network,
        limits: EngineLimits = EngineLimits()
    ) throws(EngineError) {
        try self.init(emptyFor: cryptography, of: network, contacts: nil, limits: limits)
        try createWhatFollows()
    }

    /// Makes the engine of a peer that is not a member yet: members vote to add it and send it the history.
    ///
    /// - Parameters:
    ///   - cryptography: its signer is not a member of the network's initial group.
    ///   - contacts: the members that the peer knows of and takes the history from.
    public init(
        joiner cryptography: Cryptography,
        of network: Network,
        contacts: some Collection<PeerID>,
        limits: EngineLimits = EngineLimits()
    ) throws(EngineError) {
        try self.init(emptyFor: cryptography, of: network, contacts: Array(contacts), limits: limits)
    }

    /// Makes an engine without any events.
    ///
    /// - Parameter contacts: those of a joiner; nil for a member of the initial group.
    init(
        emptyFor cryptography: Cryptography,
        of network: Network,
        contacts: [PeerID]?,
        limits: EngineLimits
    ) throws(EngineError) {
        let id = cryptography.signer.id
        let peers: PeerList
        if let contacts {
            guard !network.genesis.isEmpty else { throw .emptyGenesis }
            guard !network.genesis.contains(id) else { throw .noEffect(.alreadyMember(id)) }
            peers = PeerList(
                joining: network.genesis,
                contacts: contacts,
                ourself: id,
                rule: network.rules.membership
            )
        } else {
            guard network.genesis.contains(id) else { throw .unknownPeer(id) }
            peers = PeerList(genesis: network.genesis, ourself: id, rule: network.rules.membership)
        }
        try limits.check(.bytesPerObservation, count: network.genesisObservation.byteCount)
        self.network = network
        self.limits = limits
        self.cryptography = cryptography
        self.contacts = contacts.map { Set($0).sorted() }
        networkDigest = network.digest(using: cryptography.digests)
        lastBlockDigest = networkDigest
        ledger = OffenceLedger(genesis: network.genesisObservation)
        agreement = Agreement(
            peers: peers,
            mode: network.mode,
            rules: network.rules,
            coin: cryptography.coin
        )
    }

    // MARK: - What is known

    public var id: PeerID { cryptography.signer.id }

    /// The current voters, in ascending order.
    public var voters: [PeerID] { agreement.peers.voters.map(agreement.peers.id).sorted() }

    /// What this peer may do now.
    public var state: PeerState { agreement.peers.state(of: ourself) }

    /// The peers that one can gossip to now, in ascending order; empty for a peer that may not send.
    public var gossipRecipients: [PeerID] {
        agreement.peers.gossipRecipients.map(agreement.peers.id).sorted()
    }

    /// Whether there are undecided payloads for which a current voter voted in an event that our newest builds on.
    ///
    /// What only peers that have left voted for gives no block, and nobody may have built on it.
    public var hasUndecided: Bool {
        let election = agreement.election
        return election.undecided.contains { payload in
            election.votes(for: payload).contains { election.voters.contains($0.voter) && isBuiltOn($0.event) }
        }
    }

    /// Whether this peer is the only voter.
    var isAlone: Bool { agreement.election.voters.peers == [ourself] }

    /// Lent, not copied: it is asked for all the time.
    var graph: Graph { _read { yield agreement.graph } }

    var ourself: PeerIndex {
        guard let ourself = agreement.peers.ourself else { preconditionFailure("an engine is a peer itself") }
        return ourself
    }

    // MARK: - Blocks

    /// The number of blocks that wait to be taken.
    public var waitingBlocks: Int { blocks.count - blocksTaken }

    /// The number of blocks that were taken.
    var takenBlockCount: Int { blockCount - waitingBlocks }

    /// Takes the next block, in the agreed order; nil if none waits.
    public mutating func nextBlock() -> Block? {
        guard blocksTaken < blocks.count else {
            blocks.removeAll(keepingCapacity: true)
            blocksTaken = 0
            return nil
        }
        defer { blocksTaken += 1 }
        return blocks[blocksTaken]
    }

    /// What this peer has voted for and has not yet taken as a block.
    ///
    /// What is decided comes first, in the order of the waiting blocks; what is not decided follows, in the order of the
    /// votes. A member of the initial group has voted for the genesis block. What was undecided when this peer was
    /// removed stays listed.
    ///
    /// - Complexity: the number of votes for what waits or is undecided; nothing is kept for this while events arrive.
    public var ownUndelivered: [Observation] {
        let waiting = blocks[blocksTaken...].filter { block in block.votes.contains { $0.voter == id } }
        let election = agreement.election
        let undecided = election.undecided.compactMap { payload in
            election.votes(for: payload).filter { $0.voter == ourself }
                .map { (payload: payload, event: $0.event, position: $0.position) }
                .min { ($0.event, $0.position) < ($1.event, $1.position) }
        }
        let inOrder = undecided.sorted { ($0.event, $0.position) < ($1.event, $1.position) }
        return waiting.map(\.observation) + inOrder.map { agreement.store.observation(of: $0.payload) }
    }

    // MARK: - Own events

    /// Creates, signs and inserts an event of our own on top of our newest.
    ///
    /// Between two sync events we accuse others of what the first shows: who does not is an accomplice.
    @discardableResult
    mutating func append(_ cause: EventCause<PeerIndex, EventIndex, Observation>) throws(EngineError) -> EventIndex {
        if cause.kind.isSync { try accuse() }
        let event = try appendAlone(digested(cause))
        if cause.kind.isSync { try accuse() }
        return event
    }

    /// Accuses others of the offences that our newest event shows and of which we have not accused them.
    ///
    /// Whoever was removed is accused as well: whether it is a member is not for the events to show.
    private mutating func accuse() throws(EngineError) {
        guard network.rules.membership == .freshIdentities, !agreement.isOver, !concealsOffences, let ownTip else {
            return
        }
        var accusations = ledger.duties(after: ownTip, in: graph).map { offender, offence in
            Observation.accusation(offender: agreement.peers.id(of: offender), malice: .shown(offence))
        }
        while !accusations.isEmpty {
            let count = min(accusations.count, limits.observationsPerEvent)
            try appendAlone(digested(.observation(Array(accusations.prefix(count)))))
            accusations.removeFirst(count)
        }
    }

    private func digested(
        _ cause: EventCause<PeerIndex, EventIndex, Observation>
    ) -> EventCause<PeerIndex, EventIndex, DigestedObservation> {
        cause.mapObservations { DigestedObservation($0, digest: cryptography.digests.digest(of: $0)) }
    }

    /// Creates an event of our own, and no accusations.
    @discardableResult
    mutating func appendAlone(
        _ digested: EventCause<PeerIndex, EventIndex, DigestedObservation>
    ) throws(EngineError) -> EventIndex {
        let header = header(by: ourself, after: ownTip, digested.mapObservations(\.digest))
        let digest = header.digest(using: cryptography.digests)
        let event = NewEvent(creator: ourself, selfParent: ownTip, cause: digested, digest: digest, root: header.root)
        return try insert(event, signature: cryptography.signer.sign(digest), isOwn: true)
    }

    // MARK: - Inserting and deciding

    /// Creates what an engine creates of itself, as far as it has not yet: a member's first events, and the sync event of
    /// whoever is alone and has nobody to gossip with (`protocol.md` section 3.7).
    mutating func createWhatFollows() throws(EngineError) {
        guard !agreement.isOver else { return }
        if ownTip == nil && state.contains(.vote) { try append(.initial) }
        if let ownTip, contacts == nil, graph.kind(of: ownTip) == .initial {
            try append(.observation([network.genesisObservation]))
        }
        try accuse()
        if ownTip != nil, isAlone, hasUndecided { try append(.requesting(recipient: ourself)) }
    }

    /// Inserts an event and draws all consequences.
    ///
    /// An event of our own may be in the graph already, if the key is in use elsewhere too.
    /// - Parameters:
    ///   - arrival: what the event arrived as, if it did.
    ///   - isRestored: whether what this engine created as a consequence comes after it in its history.
    @discardableResult
    mutating func insert(
        _ event: NewEvent,
        signature: Signature,
        arrival: Arrival? = nil,
        isOwn: Bool = false,
        isRestored: Bool = false
    ) throws(EngineError) -> EventIndex {
        let index: EventIndex
        let countBefore = graph.count
        do { index = try agreement.insert(event) } catch { throw .graph(error) }
        if graph.count > countBefore {
            if arrivals == nil {
                signatures.append(signature)
            } else {
                let arrival = arrival ?? self.arrival(of: index, signature: signature)
                arrivals?.append(arrival)
            }
            if let root = event.root { roots[index] = root }
            ledger.add(index, in: graph, agreement.store, agreement.peers)
        }
        if isOwn {
            ownTip = index
            noteAnswered(by: index)
        }
        while let decision = agreement.advance() {
            inspector?(agreement, decision)
            appendBlocks(of: decision)
            let changes = agreement.close(decision)
            if isRestored || isHeldBack { continue }
            // To be admitted is what makes a joiner begin to exist in the graph (`protocol.md` section 3.4).
            if changes.contains(.joined(ourself)) && ownTip == nil { try append(.initial) }
            // Whoever is left alone has nobody to gossip with, so it makes the sync event itself (section 3.7).
            if !changes.isEmpty && isAlone { try append(.requesting(recipient: ourself)) }
        }
        return index
    }

    /// Notes what an event of our own answers.
    mutating func noteAnswered(by event: EventIndex) {
        guard let otherParent = graph.otherParent(of: event) else { return }
        answered.insert(otherParent)
        // What was our request's answer is that for good, whatever its sender set on top of it.
        if graph.kind(of: event) == .response, let answer = graph.selfSyncAncestor(of: otherParent) {
            answered.insert(answer)
        }
    }

    mutating func setOwnTip(_ event: EventIndex?) { ownTip = event }

    private mutating func appendBlocks(of decision: Decision) {
        // The payloads of one event are mostly decided together, and share its header.
        let votersDigest = Block.digest(of: decision.voters, function: cryptography.digests)
        var proofs: [VoteProof] = []
        var places: [EventIndex: Int] = [:]
        var last: (event: EventIndex, place: Int)?
        // Looked at where they are: there are many, and each has objects of its own whose references a copy would count. A closure
        // would have a copy of the engine.
        let payloads = decision.payloads.span
        for position in payloads.indices where payloads[position].isBlock {
            var votes: [Block.Vote] = []
            votes.reserveCapacity(payloads[position].votes.count)
            for vote in payloads[position].votes {
                let place: Int
                if let last, last.event == vote.event {
                    place = last.place
                } else if let known = places[vote.event] {
                    place = known
                } else {
                    place = proofs.count
                    places[vote.event] = place
                    proofs.append(proof(of: vote.event))
                }
                last = (vote.event, place)
                votes.append(proofs[place].vote(at: vote.position))
            }
            let block = Block(
                number: blockCount,
                previous: lastBlockDigest,
                election: decision.election,
                observation: payloads[position].observation,
                voter: payloads[position].voter,
                voters: decision.voters,
                votersDigest: votersDigest,
                votes: votes,
                function: cryptography.digests
            )
            blocks.append(block)
            blockCount += 1
            lastBlockDigest = block.digest
        }
    }

    /// What proves the votes of one event.
    private struct VoteProof {
        let header: EventHeader
        let tree: MerkleTree
        let signature: Signature

        func vote(at position: Int) -> Block.Vote {
            Block.Vote(header: header, path: tree.path(to: position), signature: signature)
        }
    }

    private mutating func proof(of event: EventIndex) -> VoteProof {
        let tree = MerkleTree(
            graph.observations(of: event).map { agreement.store.digest(of: $0) },
            function: cryptography.digests
        )
        let header = EventHeader(
            network: networkDigest,
            creator: agreement.peers.id(of: graph.creator(of: event)),
            selfParent: graph.digestOfSelfParent(of: event),
            content: .observation(root: roots.removeValue(forKey: event) ?? tree.root)
        )
        return VoteProof(header: header, tree: tree, signature: signature(of: event))
    }

    /// What the signature of an event in the graph covers.
    func header(of event: EventIndex) -> EventHeader {
        header(
            by: graph.creator(of: event),
            after: graph.selfParent(of: event),
            graph.cause(of: event).mapObservations { agreement.store.digest(of: $0) }
        )
    }

    private func header(
        by creator: PeerIndex,
        after selfParent: EventIndex?,
        _ cause: EventCause<PeerIndex, EventIndex, Digest>
    ) -> EventHeader {
        EventHeader(
            network: networkDigest,
            creator: agreement.peers.id(of: creator),
            selfParent: selfParent.map { agreement.graph.digest(of: $0) },
            cause: cause.map(
                peer: { agreement.peers.id(of: $0) },
                parent: { agreement.graph.digest(of: $0) },
                observation: { $0 }
            ),
            function: cryptography.digests
        )
    }

    /// The signature that an event in the graph came with.
    public func signature(of event: EventIndex) -> Signature {
        if let arrivals { return arrivals[offset(of: event)].event.signature }
        return signatures[offset(of: event)]
    }

    /// Lets messages keep the digests of their events from now on, for receivers in this process that trust this engine
    /// with them.
    public mutating func attachDigests() {
        guard arrivals == nil else { return }
        var list: [Arrival] = []
        for event in graph.events { list.append(arrival(of: event, signature: signature(of: event))) }
        (arrivals, signatures) = (list, [])
    }

    /// Where columns beside the graph hold an event.
    func offset(of event: EventIndex) -> Int { Int(event.value - graph.startIndex.value) }
}
