/// The ancestry of all events: for each a row with one number for each branch.
///
/// A number is 1 + that of an event, or 0 where there is no ancestor on that branch. Rows lie in stretches of fixed
/// length, so that a graph that grows never copies what it has: one array would be copied, all of it, whenever it has to
/// double, which with 128 peers and a million events takes a third of a second.
@frozen
@usableFromInline
struct AncestryRows {
    @usableFromInline typealias Stretch = ManagedBuffer<Void, UInt32>

    @usableFromInline var stretches: [Stretch] = []

    /// The number of rows.
    @usableFromInline var count = 0

    /// How many numbers a row has room for; those beyond the last branch are 0.
    @usableFromInline var width = AncestryRows.step

    /// Rows grow by this many numbers, a multiple of what vector registers hold.
    @usableFromInline static let step = 8

    /// A stretch has two to the power of this many rows.
    @usableFromInline static let shift = 6

    init() {}

    // MARK: - Reading

    /// A row, for as long as the rows are there and none is appended.
    @inlinable
    subscript(row: Int) -> UnsafePointer<UInt32> {
        assert(row < count, "there is no row \(row)")
        return UnsafePointer(AncestryRows.numbers(stretches[row >> AncestryRows.shift])) + start(row)
    }

    /// Where a row begins in its stretch.
    @inlinable
    func start(_ row: Int) -> Int { (row & (1 << AncestryRows.shift - 1)) &* width }

    /// The numbers of a stretch, which stay where they are for as long as somebody has it.
    ///
    /// A pointer, since going through a row of an array of arrays counts references, which takes as long as the row.
    @inlinable
    static func numbers(_ stretch: Stretch) -> UnsafeMutablePointer<UInt32> {
        stretch.withUnsafeMutablePointerToElements { $0 }
    }

    // MARK: - Appending

    /// Appends the maximum of two rows, or a copy of one, or zeros.
    ///
    /// - Parameters:
    ///   - columns: how many numbers of a row are in use.
    ///   - value: what stands in `column` in any case.
    mutating func append(maximumOf first: Int?, _ second: Int?, columns: Int, setting column: Int, to value: UInt32) {
        let row = appendedRow()
        if let first, let second {
            let (a, b) = (self[first], self[second])
            for column in 0..<columns { row[column] = max(a[column], b[column]) }
        } else if let only = first ?? second {
            row.update(from: self[only], count: columns)
        }
        row[column] = value
    }

    /// Makes room for one more row, of zeros.
    private mutating func appendedRow() -> UnsafeMutablePointer<UInt32> {
        let start = start(count)
        let last = stretches.count - 1
        count += 1
        if start == 0 {
            stretches.append(AncestryRows.stretch(width))
        } else if !isKnownUniquelyReferenced(&stretches[last]) {
            // A copy of the graph has the stretch, too, and may go on otherwise.
            let copy = AncestryRows.stretch(width)
            AncestryRows.numbers(copy).update(from: AncestryRows.numbers(stretches[last]), count: start)
            stretches[last] = copy
        }
        return AncestryRows.numbers(stretches[stretches.count - 1]) + start
    }

    /// A stretch of zeros.
    private static func stretch(_ width: Int) -> Stretch {
        let stretch = Stretch.create(minimumCapacity: width << shift) { _ in }
        numbers(stretch).initialize(repeating: 0, count: width << shift)
        return stretch
    }

    /// Makes room for more numbers in each row by laying all out anew.
    mutating func widen(to columns: Int) {
        let wider = max(width + width / 4, columns)
        var old = AncestryRows()
        swap(&old, &self)
        width = (wider + AncestryRows.step - 1) / AncestryRows.step * AncestryRows.step
        let empty = AncestryRows.stretch(0)
        for row in 0..<old.count {
            appendedRow().update(from: old[row], count: old.width)
            // Let go of as soon as possible, so that what follows can have the room.
            if old.start(row + 1) == 0 { old.stretches[row >> AncestryRows.shift] = empty }
        }
    }
}

// A row does not change once it is appended, and is appended to a stretch that no other value has: as with arrays, values
// that share what they read may be in several tasks.
extension AncestryRows: @unchecked Sendable {}
