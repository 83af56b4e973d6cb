public import MetaVoting
public import ParsecCore
public import Voting

/// The peers that an engine knows: their identities, what they may do, and who votes.
///
/// Everything about voters follows from the decided observations, in order, and is the same on all peers; who may send
/// and receive also depends on what this engine has heard of (`protocol.md` section 3).
public struct PeerList: Sendable {
    private struct Record: Sendable {
        let id: PeerID
        var state: PeerState = []
        var isRemoved = false
    }

    public let rule: MembershipRule

    /// Which of the peers is this engine's own, if any: tools that only read graphs have none.
    public let ourself: PeerIndex?

    private var records: [Record] = []
    private var indices: [PeerID: PeerIndex] = [:]

    /// The peers whose votes count now.
    public private(set) var voters = PeerSet()

    /// The peers that were voters at some time; removal does not end this.
    public private(set) var admitted = PeerSet()

    /// Makes the list of a member of the initial group, or, with no own peer, of a reader of its graph.
    public init(genesis: some Collection<PeerID>, ourself: PeerID? = nil, rule: MembershipRule = .freshIdentities) {
        self.init(ourself: ourself, rule: rule)
        for id in genesis.sorted() { admit(intern(id), as: .active) }
    }

    /// Makes the list of a peer that is about to join a network.
    ///
    /// - Parameters:
    ///   - genesis: the initial group, from whose first block on the joiner follows the history.
    ///   - contacts: the peers that may send the joiner the history: the members it knows of.
    public init(
        joining genesis: some Collection<PeerID>,
        contacts: some Collection<PeerID>,
        ourself: PeerID,
        rule: MembershipRule = .freshIdentities
    ) {
        self.init(ourself: ourself, rule: rule)
        grant(.receive, to: intern(ourself))
        // The newcomer contacts nobody of whom it has not heard yet.
        for id in genesis.sorted() { admit(intern(id), as: [.vote, .send]) }
        for id in contacts.sorted() where id != ourself { grant(.send, to: intern(id)) }
    }

    private init(ourself: PeerID?, rule: MembershipRule) {
        self.rule = rule
        self.ourself = ourself == nil ? nil : PeerIndex(0)
        if let ourself { _ = intern(ourself) }
    }

    // MARK: - Identities

    /// The number of peers ever heard of.
    public var count: Int { records.count }

    public func id(of peer: PeerIndex) -> PeerID { records[peer.position].id }

    public func index(of id: PeerID) -> PeerIndex? { indices[id] }

    /// Finds the index of a peer, giving it the next free one if it has none.
    public mutating func intern(_ id: PeerID) -> PeerIndex {
        if let known = indices[id] { return known }
        let index = PeerIndex(records.count)
        records.append(Record(id: id))
        indices[id] = index
        return index
    }

    // MARK: - What a peer may do

    public func state(of peer: PeerIndex) -> PeerState { records[peer.position].state }

    /// Whether the peer was a voter and is no more.
    public func isRemoved(_ peer: PeerIndex) -> Bool { records[peer.position].isRemoved }

    /// The peers that one may gossip to, in the order of their indices; empty if one may not send
    /// (`protocol.md` section 3.3).
    public var gossipRecipients: [PeerIndex] {
        guard let ourself, state(of: ourself).contains(.send) else { return [] }
        return records.indices.map { PeerIndex($0) }.filter {
            $0 != ourself && state(of: $0).contains([.generateKeys, .receive])
        }
    }

    /// Notes that an event of a peer was heard of, so that the peer can be contacted.
    public mutating func noteEvent(by peer: PeerIndex) { grant(.receive, to: peer) }

    /// Lets a peer send the history to a joiner.
    public mutating func addContact(_ id: PeerID) { grant(.send, to: intern(id)) }

    /// Adds to what a peer may do; of a removed peer nothing changes.
    private mutating func grant(_ state: PeerState, to peer: PeerIndex) {
        guard !records[peer.position].isRemoved else { return }
        records[peer.position].state.formUnion(state)
    }

    private mutating func admit(_ peer: PeerIndex, as state: PeerState) {
        grant(state, to: peer)
        voters.insert(peer)
        admitted.insert(peer)
    }

    // MARK: - Decided observations

    /// Applies a decided observation; returns the change of voters, if there is one (`protocol.md` section 3.5).
    public mutating func apply(_ observation: Observation) -> MembershipChange? {
        switch observation {
        case .add(let id, _): return add(intern(id))
        case .remove(let id, _): return index(of: id).flatMap { remove($0) }
        case .accusation(let offender, _): return index(of: offender).flatMap { remove($0) }
        case .keyGeneration(.start(let participants)):
            for id in participants {
                let peer = intern(id)
                guard !state(of: peer).contains(.generateKeys) else { continue }
                grant([.generateKeys, .send], to: peer)
                if ourself.map(canContact) ?? true { grant(.receive, to: peer) }
            }
            return nil
        case .genesis, .opaque, .keyGeneration: return nil
        }
    }

    private mutating func add(_ peer: PeerIndex) -> MembershipChange? {
        switch rule {
        case .freshIdentities: if admitted.contains(peer) { return nil }
        case .asDecided: break
        }
        let isContactable = canContact(peer)
        let wasVoter = voters.contains(peer)
        admit(peer, as: [.vote, .send])
        if isContactable { grant(.receive, to: peer) }
        if peer == ourself {
            forgetContacts()
            // A member can reach every other. To wait until each was heard of would let one that never speaks keep
            // members that joined from ever telling a newcomer.
            if rule == .freshIdentities { for voter in voters { grant(.receive, to: voter) } }
        }
        return wasVoter ? nil : .joined(peer)
    }

    private mutating func remove(_ peer: PeerIndex) -> MembershipChange? {
        let isVoter = voters.contains(peer)
        switch rule {
        case .freshIdentities: guard isVoter && voters.count > 1 else { return nil }
        case .asDecided: break
        }
        records[peer.position].state = []
        records[peer.position].isRemoved = true
        voters.remove(peer)
        return isVoter ? .left(peer) : nil
    }

    /// Whether a new peer can be contacted at once: not by a peer that has yet to hear from all voters itself
    /// (`protocol.md` section 3.4).
    private func canContact(_ newcomer: PeerIndex) -> Bool {
        voters.allSatisfy {
            $0 == ourself || $0 == newcomer || isRemoved($0) || state(of: $0).contains(.receive)
        }
    }

    /// Once it is a member, a peer takes messages from members only, and from participants of key generations.
    private mutating func forgetContacts() {
        for peer in records.indices
        where !voters.contains(PeerIndex(peer)) && !records[peer].state.contains(.generateKeys) {
            records[peer].state.subtract(.send)
        }
    }
}
