public import ParsecCore
public import Voting

/// Who committed which offences.
public struct OffenceSet: Hashable, Sendable {
    /// The offenders, by offence.
    private var offenders: [PeerSet] = []

    public init() {}

    public var isEmpty: Bool { offenders.isEmpty }

    public func contains(_ offence: Offence, by peer: PeerIndex) -> Bool { self[offence].contains(peer) }

    /// Whether a peer committed any offence.
    public func contains(by peer: PeerIndex) -> Bool { offenders.contains { $0.contains(peer) } }

    /// Those who committed an offence.
    public subscript(offence: Offence) -> PeerSet {
        Int(offence.rawValue) < offenders.count ? offenders[Int(offence.rawValue)] : PeerSet()
    }

    public mutating func insert(_ offence: Offence, by peer: PeerIndex) {
        while offenders.count <= Int(offence.rawValue) { offenders.append(PeerSet()) }
        offenders[Int(offence.rawValue)].insert(peer)
    }

    mutating func formUnion(_ other: OffenceSet) {
        for (offence, peers) in other.all { for peer in peers { insert(offence, by: peer) } }
    }

    /// All offences with their offenders, in the order of the offences.
    public var all: [(offence: Offence, peers: PeerSet)] {
        Offence.allCases.compactMap { self[$0].isEmpty ? nil : ($0, self[$0]) }
    }

    /// What is here and not in another set, by others than one peer, if any; in a fixed order.
    public func charges(
        notIn other: OffenceSet,
        except accuser: PeerIndex?
    ) -> [(offender: PeerIndex, offence: Offence)] {
        if isEmpty { return [] }
        return all.flatMap { offence, peers in
            peers.filter { $0 != accuser && !other.contains(offence, by: $0) }.map { ($0, offence) }
        }
    }
}
