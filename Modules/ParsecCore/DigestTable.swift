/// Finds the position of a digest in a column of digests.
///
/// Positions lie in a table with open addressing, at most half full; the digests stay in their column. The hash is keyed
/// anew in each process, so that nobody can make digests that collide on purpose; nothing that anybody sees depends on it.
@frozen
public struct DigestTable: Sendable {
    private static let key = (UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max))

    /// 1 + a position, or 0 where there is none; the number of slots is a power of two.
    ///
    /// A position takes fewer bits than there are. Those that are left hold what else the hash says of the digest: what is
    /// not the one is then mostly told by its slot, without a look at the column, which is seldom in a cache.
    @usableFromInline var slots: [UInt32]
    @usableFromInline var count = 0
    @usableFromInline let key: (UInt64, UInt64)

    public init() {
        slots = Array(repeating: 0, count: 128)
        key = DigestTable.key
    }

    /// The low bits say where to look first.
    @inlinable
    func hash(_ digest: Digest) -> UInt64 {
        // An odd factor keeps apart what differs in its last bits only.
        let product = (digest.word0 ^ key.0).multipliedFullWidth(by: digest.word1 ^ key.1 | 1)
        return product.high ^ product.low
    }

    /// The bits of a slot that hold 1 + a position.
    @inlinable
    var positionBits: UInt32 { UInt32(truncatingIfNeeded: slots.count &- 1) }

    /// The other bits of a digest's slot.
    @inlinable
    func tag(_ hash: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: hash >> 32) & ~positionBits }

    /// The position of a digest in its column; nil if it is not there.
    ///
    /// - Parameter digests: the column whose positions the table has.
    @inlinable
    public func position(of digest: Digest, in digests: [Digest]) -> Int? {
        position(of: digest, in: digests) { _ in true }
    }

    /// The position, of those at which a column has a digest, that is the one looked for; nil if none is.
    @inlinable
    public func position(of digest: Digest, in digests: [Digest], where isTheOne: (Int) -> Bool) -> Int? {
        let hash = hash(digest)
        let (tag, bits) = (tag(hash), positionBits)
        var slot = Int(truncatingIfNeeded: hash) & (slots.count &- 1)
        while slots[slot] != 0 {
            if slots[slot] & ~bits == tag {
                let position = Int(slots[slot] & bits) &- 1
                if digests[position] == digest && isTheOne(position) { return position }
            }
            slot = (slot &+ 1) & (slots.count &- 1)
        }
        return nil
    }

    /// Takes in the last digest of a column.
    public mutating func appendLast(of digests: [Digest]) {
        if 2 * (count + 1) > slots.count {
            slots = Array(repeating: 0, count: 2 * slots.count)
            put(0..<digests.count - 1, of: digests)
        }
        count += 1
        let last = digests.count - 1
        put(last..<last + 1, of: digests)
    }

    private mutating func put(_ positions: Range<Int>, of digests: [Digest]) {
        let last = slots.count - 1
        for position in positions {
            let hash = hash(digests[position])
            let entry = tag(hash) | UInt32(position + 1)
            var slot = Int(truncatingIfNeeded: hash) & last
            while slots[slot] != 0 { slot = (slot + 1) & last }
            slots[slot] = entry
        }
    }
}
