/// A tree of digests over a list of digests: its root stands for all of them, and a short path proves one
/// (RFC 6962 section 2.1).
public struct MerkleTree: Sendable {
    /// The digests of the leaves, of the nodes over them, and so on up to the root; a last one without a partner goes up
    /// as it is.
    private var levels: [[Digest]]

    /// The digests that the tree is over.
    public let leaves: [Digest]

    /// Makes the tree over some leaves.
    ///
    /// - Parameter leaves: at least one.
    public init(_ leaves: some Collection<Digest>, function: some DigestFunction) {
        precondition(!leaves.isEmpty, "a tree has leaves")
        self.leaves = Array(leaves)
        levels = [leaves.map { MerkleTree.leaf($0, function) }]
        while levels[levels.count - 1].count > 1 {
            let below = levels[levels.count - 1]
            levels.append(
                stride(from: 0, to: below.count, by: 2).map { index in
                    index + 1 < below.count ? MerkleTree.node(below[index], below[index + 1], function) : below[index]
                }
            )
        }
    }

    /// What stands for all leaves.
    public var root: Digest { levels[levels.count - 1][0] }

    /// The path that proves that a leaf is at its place.
    ///
    /// - Parameter index: the place of the leaf.
    public func path(to index: Int) -> MerklePath { MerklePath(to: index, in: self) }

    /// The digests beside the way from a leaf up to the root.
    fileprivate func siblings(of index: Int) -> [Digest] {
        var siblings: [Digest] = []
        var place = index
        for level in levels.dropLast() {
            if level.indices.contains(place ^ 1) { siblings.append(level[place ^ 1]) }
            place /= 2
        }
        return siblings
    }

    /// The root over the leaves; of none it is a digest that is no leaf's and no node's.
    public static func root(of leaves: [Digest], function: some DigestFunction) -> Digest {
        leaves.isEmpty ? function.digest(ByteWriter(.leaf).bytes) : MerkleTree(leaves, function: function).root
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
}

/// The proof that a digest is at its place among those that a root stands for.
public struct MerklePath: Sendable {
    /// Where the digests beside the way are: many paths of one tree share it, and few are ever written out.
    private enum Source: Sendable {
        case tree(MerkleTree)
        case siblings([Digest])
    }

    /// The place of the leaf, and the number of leaves.
    public let index: Int
    public let count: Int

    private let source: Source

    public init(index: Int, count: Int, siblings: [Digest]) {
        self.index = index
        self.count = count
        source = .siblings(siblings)
    }

    fileprivate init(to index: Int, in tree: MerkleTree) {
        precondition(tree.leaves.indices.contains(index), "no leaf \(index) among \(tree.leaves.count)")
        self.index = index
        count = tree.leaves.count
        source = .tree(tree)
    }

    /// The digests beside the way from the leaf up to the root.
    ///
    /// - Complexity: the logarithm of the number of leaves.
    public var siblings: [Digest] {
        switch source {
        case .tree(let tree): tree.siblings(of: index)
        case .siblings(let siblings): siblings
        }
    }

    /// The tree that the path is in; nil of one that came without it.
    public var tree: MerkleTree? {
        if case .tree(let tree) = source { tree } else { nil }
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
        let siblings = siblings
        guard turns.count == siblings.count else { return nil }
        var digest = MerkleTree.leaf(leaf, function)
        for (sibling, isLeft) in zip(siblings, turns.reversed()) {
            digest = isLeft ? MerkleTree.node(digest, sibling, function) : MerkleTree.node(sibling, digest, function)
        }
        return digest
    }
}

extension MerklePath: Hashable {
    public static func == (a: MerklePath, b: MerklePath) -> Bool {
        a.index == b.index && a.count == b.count && a.siblings == b.siblings
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(index)
        hasher.combine(count)
    }
}
