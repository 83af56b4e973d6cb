/// A set of peers as a bit set over their indices.
@frozen
public struct PeerSet: Hashable, Sendable {
    /// Bit `i` of word `w` stands for the peer with index `64 w + i`; there are no trailing zero words.
    @usableFromInline
    var words: [UInt64]

    @inlinable
    public init() {
        words = []
    }

    @inlinable
    public init(_ peers: some Sequence<PeerIndex>) {
        words = []
        for peer in peers { insert(peer) }
    }

    @inlinable
    public var isEmpty: Bool { words.isEmpty }

    /// The number of peers in the set.
    @inlinable
    public var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    @inlinable
    public func contains(_ peer: PeerIndex) -> Bool {
        let word = peer.position >> 6
        return word < words.count && words[word] & (1 << UInt64(peer.position & 63)) != 0
    }

    /// Adds a peer.
    @inlinable
    public mutating func insert(_ peer: PeerIndex) {
        let word = peer.position >> 6
        while words.count <= word { words.append(0) }
        words[word] |= 1 << UInt64(peer.position & 63)
    }

    /// Takes a peer out, if it is in the set.
    @inlinable
    public mutating func remove(_ peer: PeerIndex) {
        let word = peer.position >> 6
        guard word < words.count else { return }
        words[word] &= ~(1 << UInt64(peer.position & 63))
        while words.last == 0 { words.removeLast() }
    }

    /// Adds all peers of another set.
    @inlinable
    public mutating func formUnion(_ other: PeerSet) {
        while words.count < other.words.count { words.append(0) }
        for word in other.words.indices { words[word] |= other.words[word] }
    }

    @inlinable
    public func union(_ other: PeerSet) -> PeerSet {
        var result = self
        result.formUnion(other)
        return result
    }
}

extension PeerSet: Sequence {
    /// Visits the peers in ascending order of their indices.
    public struct Iterator: IteratorProtocol {
        private let words: [UInt64]
        private var word = 0
        private var rest: UInt64

        init(_ words: [UInt64]) {
            self.words = words
            rest = words.first ?? 0
        }

        public mutating func next() -> PeerIndex? {
            while rest == 0 {
                word += 1
                guard word < words.count else { return nil }
                rest = words[word]
            }
            let bit = rest.trailingZeroBitCount
            rest &= rest - 1
            return PeerIndex(word << 6 + bit)
        }
    }

    public func makeIterator() -> Iterator { Iterator(words) }
}
