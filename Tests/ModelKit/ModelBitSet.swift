/// A set of small non-negative integers, such as the positions of events in a graph.
public struct ModelBitSet: Hashable, Sendable {
    /// Bit `i` of word `w` stands for the element `64 w + i`; there are no trailing zero words.
    private var words: [UInt64] = []

    /// Makes the empty set.
    public init() {}

    /// Makes the set of the given elements.
    public init(_ elements: some Sequence<Int>) {
        for element in elements { insert(element) }
    }

    /// Says whether the set has no element.
    public var isEmpty: Bool { words.isEmpty }

    /// The number of elements.
    public var count: Int {
        var count = 0
        for word in words { count += word.nonzeroBitCount }
        return count
    }

    /// The elements in ascending order.
    public var elements: [Int] {
        var result: [Int] = []
        for (position, word) in words.enumerated() {
            var rest = word
            while rest != 0 {
                result.append(position << 6 + rest.trailingZeroBitCount)
                rest &= rest - 1
            }
        }
        return result
    }

    /// Says whether an element is in the set.
    public func contains(_ element: Int) -> Bool {
        let word = element >> 6
        return element >= 0 && word < words.count && words[word] & (1 << UInt64(element & 63)) != 0
    }

    /// Adds an element; negative ones are left out.
    public mutating func insert(_ element: Int) {
        guard element >= 0 else { return }
        let word = element >> 6
        while words.count <= word { words.append(0) }
        words[word] |= 1 << UInt64(element & 63)
    }

    /// Adds all elements of another set.
    public mutating func formUnion(_ other: ModelBitSet) {
        while words.count < other.words.count { words.append(0) }
        for word in 0..<other.words.count { words[word] |= other.words[word] }
    }

    /// Makes the set of the elements that are in both sets.
    public func intersection(_ other: ModelBitSet) -> ModelBitSet {
        var result = ModelBitSet()
        let count = min(words.count, other.words.count)
        result.words.reserveCapacity(count)
        for word in 0..<count { result.words.append(words[word] & other.words[word]) }
        while result.words.last == 0 { result.words.removeLast() }
        return result
    }

    /// Says whether each element that is in both this set and `mask` is in `other` too.
    public func isSubset(of other: ModelBitSet, within mask: ModelBitSet) -> Bool {
        for word in 0..<min(words.count, mask.words.count) {
            let allowed = word < other.words.count ? other.words[word] : 0
            if words[word] & mask.words[word] & ~allowed != 0 { return false }
        }
        return true
    }

    /// Says whether every element of this set is in another one.
    public func isSubset(of other: ModelBitSet) -> Bool { isSubset(of: other, within: self) }
}
