/// A set of voters by their instance numbers: bit `i` of word `w` stands for instance `64 w + i`.
///
/// There is one binary agreement per voter of an election, and its instance number is the voter's position in the
/// `VoterSet`.
package struct InstanceSet: Hashable, Sendable {
    private(set) var words: [UInt64]

    /// Makes an empty set, for a number of instances.
    package init(of instanceCount: Int) {
        words = Array(repeating: 0, count: (instanceCount + 63) / 64)
    }

    /// The number of instances in the set.
    var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    func contains(_ instance: Int) -> Bool { words[instance >> 6] & (1 << UInt64(instance & 63)) != 0 }

    /// Makes the set empty.
    mutating func removeAll() {
        for word in words.indices { words[word] = 0 }
    }

    package mutating func insert(_ instance: Int) { words[instance >> 6] |= 1 << UInt64(instance & 63) }
}
