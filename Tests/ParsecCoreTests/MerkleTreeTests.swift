import ParsecCore
import Testing

@Suite struct MerkleTreeTests {
    /// Adds up bytes in a way that depends on their order; enough to tell trees apart.
    private struct Sum: DigestFunction {
        var kind: DigestKind { .simulated }

        func digest(_ bytes: [UInt8]) -> Digest {
            var words: (UInt64, UInt64) = (0xCBF2_9CE4_8422_2325, 7)
            for byte in bytes {
                words.0 = (words.0 ^ UInt64(byte)) &* 0x100_0000_01B3
                words.1 = (words.1 &* 31) ^ (words.0 >> 29)
            }
            return Digest(words: words.0, words.1, words.0 ^ words.1, words.0 &+ words.1)
        }
    }

    private func leaves(_ count: Int) -> [Digest] { (0..<count).map { Digest(words: 9, 9, 9, UInt64($0)) } }

    @Test("Each path leads from its leaf to the root, whatever the number of leaves")
    func paths() {
        for count in 1...70 {
            let leaves = leaves(count)
            let root = MerkleTree.root(of: leaves, function: Sum())
            for index in leaves.indices {
                let path = MerkleTree(leaves, function: Sum()).path(to: index)
                #expect(path.root(from: leaves[index], function: Sum()) == root)
                #expect(1 << path.siblings.count < 2 * count + 1)
            }
        }
    }

    @Test("A path leads to the root from no other leaf, place, count or siblings")
    func forgeries() {
        for count in [1, 2, 3, 7, 8, 13] {
            let leaves = leaves(count)
            let root = MerkleTree.root(of: leaves, function: Sum())
            for index in leaves.indices {
                let path = MerkleTree(leaves, function: Sum()).path(to: index)
                #expect(path.root(from: Digest(words: 1, 1, 1, 1), function: Sum()) != root)
                for other in -1...count where other != index {
                    let moved = MerklePath(index: other, count: count, siblings: path.siblings)
                    #expect(moved.root(from: leaves[index], function: Sum()) != root)
                }
                let longer = MerklePath(index: index, count: count, siblings: path.siblings + [leaves[0]])
                #expect(longer.root(from: leaves[index], function: Sum()) == nil)
                if !path.siblings.isEmpty {
                    let shorter = MerklePath(index: index, count: count, siblings: Array(path.siblings.dropLast()))
                    #expect(shorter.root(from: leaves[index], function: Sum()) == nil)
                }
            }
        }
        let huge = MerklePath(index: .max - 1, count: .max, siblings: [])
        #expect(huge.root(from: leaves(1)[0], function: Sum()) == nil)
        #expect(MerklePath(index: 0, count: 0, siblings: []).root(from: leaves(1)[0], function: Sum()) == nil)
    }

    @Test("Trees over different lists have different roots; the tree over one leaf is not the leaf")
    func roots() {
        let lists = (0...9).map { leaves($0) } + [leaves(3).reversed(), leaves(1) + leaves(1)]
        let roots = lists.map { MerkleTree.root(of: $0, function: Sum()) }
        #expect(Set(roots).count == lists.count)
        #expect(!leaves(9).contains(roots[1]))
    }
}
