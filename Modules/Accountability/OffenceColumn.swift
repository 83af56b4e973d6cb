import GossipGraph

/// A set of offences for each event of a graph; few of them differ, so each event has the number of one.
struct OffenceColumn: Sendable {
    private var sets: [OffenceSet] = [OffenceSet()]
    private var numbers: [OffenceSet: UInt32] = [OffenceSet(): 0]

    /// For each event the number of its set; empty as long as all sets are.
    private var numberOf: [UInt32] = []

    /// The unions that were formed before, by the numbers of the two sets.
    private var unions: [UInt64: UInt32] = [:]

    func number(_ offset: Int) -> UInt32 { offset < numberOf.count ? numberOf[offset] : 0 }

    subscript(number: UInt32) -> OffenceSet { sets[Int(number)] }

    /// The number of the union of two sets.
    mutating func union(_ a: UInt32, _ b: UInt32) -> UInt32 {
        if a == b || b == 0 { return a }
        if a == 0 { return b }
        let key = UInt64(min(a, b)) << 32 | UInt64(max(a, b))
        if let known = unions[key] { return known }
        var set = sets[Int(a)]
        set.formUnion(sets[Int(b)])
        let result = number(of: set)
        unions[key] = result
        return result
    }

    /// The number of a set, which gets one if it has none.
    mutating func number(of set: OffenceSet) -> UInt32 {
        if let known = numbers[set] { return known }
        let number = UInt32(sets.count)
        sets.append(set)
        numbers[set] = number
        return number
    }

    /// Sets the number of the newest event.
    mutating func append(_ number: UInt32, at offset: Int) {
        if number == 0 && numberOf.isEmpty { return }
        while numberOf.count < offset { numberOf.append(0) }
        numberOf.append(number)
    }
}
