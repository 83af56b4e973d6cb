/// A tree of digests over a list of digests: its root stands for all of them, and a short path proves one
/// (RFC 6962 section 2.1).
public enum MerkleTree {
    /// The root over the leaves; of none it is a digest that is no leaf's and no node's.
    public static func root(of leaves: [Digest], function: some DigestFunction) -> Digest {
        leaves.isEmpty ? function.digest(ByteWriter(.leaf).bytes) : root(of: leaves[...], function)
    }

    /// The path that proves that a leaf is at its place.
    ///
    /// - Parameter index: the place of the leaf.
    public static func path(to index: Int, in leaves: [Digest], function: some DigestFunction) -> MerklePath {
        precondition(leaves.indices.contains(index), "no leaf \(index) among \(leaves.count)")
        var siblings: [Digest] = []
        var range = leaves[...]
        while range.count > 1 {
            let middle = range.startIndex + split(range.count)
            if index < middle {
                siblings.append(root(of: range[middle...], function))
                range = range[..<middle]
            } else {
                siblings.append(root(of: range[..<middle], function))
                range = range[middle...]
            }
        }
        // From the leaf up, as the root is computed.
        return MerklePath(index: index, count: leaves.count, siblings: siblings.reversed())
    }

    /// The largest power of two that is less than a count of at least two.
    static func split(_ count: Int) -> Int { 1 << (Int.bitWidth - 1 - (count - 1).leadingZeroBitCount) }

    static func leaf(_ digest: Digest, _ function: some DigestFunction) -> Digest {
        var writer = ByteWriter(.leaf)
        writer.write(digest)
        return function.digest(writer.bytes)
    }

    static func node(_ left: Digest, _ right: Digest, _ function: some DigestFunction) -> Digest {
        var writer = ByteWriter(.node)
        writer.write(left)
        writer.write(right)
        return function.digest(writer.bytes)
    }

    private static func root(of leaves: ArraySlice<Digest>, _ function: some DigestFunction) -> Digest {
        guard leaves.count > 1 else { return leaf(leaves[leaves.startIndex], function) }
        let middle = leaves.startIndex + split(leaves.count)
        return node(root(of: leaves[..<middle], function), root(of: leaves[middle...], function), function)
    }
}

/// The proof that a digest is at its place among those that a root stands for.
public struct MerklePath: Hashable, Sendable {
    /// The place of the leaf, and the number of leaves.
    public let index: Int
    public let count: Int

    /// The digests beside the way from the leaf up to the root.
    public let siblings: [Digest]

    public init(index: Int, count: Int, siblings: [Digest]) {
        self.index = index
        self.count = count
        self.siblings = siblings
    }

    /// The root that the path leads to from a leaf; nil if the path does not fit its own place and count.
    public func root(from leaf: Digest, function: some DigestFunction) -> Digest? {
        guard count > 0, (0..<count).contains(index) else { return nil }
        // Whether the way goes left, from the root down.
        var turns: [Bool] = []
        var (place, size) = (index, count)
        while size > 1 {
            let left = MerkleTree.split(size)
            turns.append(place < left)
            (place, size) = place < left ? (place, left) : (place - left, size - left)
        }
        guard turns.count == siblings.count else { return nil }
        var digest = MerkleTree.leaf(leaf, function)
        for (sibling, isLeft) in zip(siblings, turns.reversed()) {
            digest = isLeft ? MerkleTree.node(digest, sibling, function) : MerkleTree.node(sibling, digest, function)
        }
        return digest
    }
}
