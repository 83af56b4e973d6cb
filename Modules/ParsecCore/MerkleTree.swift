import Synchronization

/// A tree of digests over a list of digests: its root stands for all of them, and a short path proves one
/// (RFC 6962 section 2.1).
///
/// An object, for all paths of the tree. The digests over the leaves are computed when the first path is written out,
/// since of most trees none ever is.
public final class MerkleTree: Sendable {
    /// The digests that the tree is over.
    public let leaves: [Digest]
    private let function: any DigestFunction

    /// The digests of the leaves, of the nodes over them, and so on, but for the root; empty until they are needed.
    private let levels = Mutex<[[Digest]]>([])

    /// Makes the tree over some leaves.
    ///
    /// - Parameter leaves: at least one.
    public init(_ leaves: [Digest], function: any DigestFunction) {
        precondition(!leaves.isEmpty, "a tree has leaves")
        self.leaves = leaves
        self.function = function
    }

    /// What stands for all leaves.
    ///
    /// - Complexity: twice as many digests as there are leaves.
    public var root: Digest { MerkleTree.root(of: leaves, function: function) }

    /// The path that proves that a leaf is at its place.
    ///
    /// - Parameter index: the place of the leaf.
    public func path(to index: Int) -> MerklePath {
        precondition(leaves.indices.contains(index), "no leaf \(index) among \(leaves.count)")
        // To a leaf by itself there is no way that would need the tree.
        return leaves.count == 1 ? MerklePath(index: 0, count: 1, siblings: []) : MerklePath(to: index, in: self)
    }

    /// The digests beside the way from a leaf up to the root.
    fileprivate func siblings(of index: Int) -> [Digest] {
        let levels = levels.withLock { levels in
            if levels.isEmpty { MerkleTree.climb(leaves, function) { levels.append(Array($0)) } }
            return levels
        }
        var siblings: [Digest] = []
        var place = index
        for level in levels {
            if level.indices.contains(place ^ 1) { siblings.append(level[place ^ 1]) }
            place /= 2
        }
        return siblings
    }

    /// The root over the leaves; of none it is a digest that is no leaf's and no node's.
    public static func root(of leaves: [Digest], function: any DigestFunction) -> Digest {
        if leaves.isEmpty { return function.digest(ByteWriter(.leaf).bytes) }
        return climb(leaves, function) { _ in }
    }

    /// Computes the digests of the leaves, of the nodes over them, and so on; a last one without a partner goes up as it
    /// is.
    ///
    /// - Parameter visit: gets each level, from the leaves' up, but for the root.
    /// - Returns: the root.
    @discardableResult
    private static func climb(
        _ leaves: [Digest],
        _ function: any DigestFunction,
        visit: (ArraySlice<Digest>) -> Void
    ) -> Digest {
        // Room for what is digested, and for a level in the place of the one below.
        var writer = ByteWriter()
        var level = leaves.map { leaf($0, function, in: &writer) }
        var count = level.count
        while count > 1 {
            visit(level[..<count])
            for pair in 0..<count / 2 {
                level[pair] = node(level[2 * pair], level[2 * pair + 1], function, in: &writer)
            }
            if !count.isMultiple(of: 2) { level[count / 2] = level[count - 1] }
            count = (count + 1) / 2
        }
        return level[0]
    }

    /// The largest power of two that is less than a count of at least two.
    static func split(_ count: Int) -> Int { 1 << (Int.bitWidth - 1 - (count - 1).leadingZeroBitCount) }

    static func leaf(_ digest: Digest, _ function: some DigestFunction, in writer: inout ByteWriter) -> Digest {
        writer.restart(.leaf)
        writer.write(digest)
        return function.digest(writer.bytes)
    }

    static func node(
        _ left: Digest,
        _ right: Digest,
        _ function: some DigestFunction,
        in writer: inout ByteWriter
    ) -> Digest {
        writer.restart(.node)
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
        self.index = index
        count = tree.leaves.count
        source = .tree(tree)
    }

    /// The digests beside the way from the leaf up to the root.
    ///
    /// - Complexity: the logarithm of the number of leaves; once for each tree as many digests as it has nodes.
    public var siblings: [Digest] {
        switch source {
        case .tree(let tree): tree.siblings(of: index)
        case .siblings(let siblings): siblings
        }
    }

    /// The tree that the path is in; nil of one that came without it, or that has no siblings.
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
        var writer = ByteWriter()
        var digest = MerkleTree.leaf(leaf, function, in: &writer)
        for (sibling, isLeft) in zip(siblings, turns.reversed()) {
            let (left, right) = isLeft ? (digest, sibling) : (sibling, digest)
            digest = MerkleTree.node(left, right, function, in: &writer)
        }
        return digest
    }
}

extension MerklePath: Hashable {
    public static func == (a: MerklePath, b: MerklePath) -> Bool {
        guard a.index == b.index, a.count == b.count else { return false }
        if let tree = a.tree, tree === b.tree { return true }
        return a.siblings == b.siblings
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(index)
        hasher.combine(count)
    }
}
