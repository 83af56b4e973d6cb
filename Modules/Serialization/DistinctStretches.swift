/// Stretches of some bytes, each unlike the others.
///
/// What a set of the decoded values would tell, in a fraction of the time: a value has one encoding, so that bytes can be
/// compared in its place.
struct DistinctStretches {
    private static let key = (UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max))

    private var stretches: [(hash: UInt64, bytes: Range<Int>)] = []

    /// 1 + the place of a stretch, or 0; the number of slots is a power of two, at least twice that of stretches.
    private var slots: [UInt32]
    private let key = DistinctStretches.key

    init(expecting count: Int) {
        slots = Array(repeating: 0, count: 1 << (64 - max(8, 2 * count).leadingZeroBitCount))
        stretches.reserveCapacity(count)
    }

    /// Adds a stretch; returns false if there is an equal one.
    ///
    /// - Parameter all: the bytes of which it is a stretch, the same each time.
    mutating func insert(_ stretch: Range<Int>, of all: UnsafeRawBufferPointer) -> Bool {
        let hash = hash(UnsafeRawBufferPointer(rebasing: all[stretch]))
        var slot = firstSlot(for: hash)
        while slots[slot] != 0 {
            let other = stretches[Int(slots[slot]) - 1]
            if other.hash == hash, all[other.bytes].elementsEqual(all[stretch]) { return false }
            slot = (slot + 1) & (slots.count - 1)
        }
        stretches.append((hash, stretch))
        slots[slot] = UInt32(stretches.count)
        if 2 * (stretches.count + 1) > slots.count { grow() }
        return true
    }

    private func firstSlot(for hash: UInt64) -> Int { Int(truncatingIfNeeded: hash) & (slots.count - 1) }

    private mutating func grow() {
        slots = Array(repeating: 0, count: 2 * slots.count)
        for (place, stretch) in stretches.enumerated() {
            var slot = firstSlot(for: stretch.hash)
            while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = UInt32(place + 1)
        }
    }

    /// Folds eight bytes after eight into a word, keyed anew in each process, so that nobody can make bytes that collide.
    private func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var hash = key.0 ^ UInt64(bytes.count)
        var offset = 0
        while offset + 8 <= bytes.count {
            hash = fold(hash ^ bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            offset += 8
        }
        var rest: UInt64 = 0
        while offset < bytes.count {
            rest = rest << 8 | UInt64(bytes[offset])
            offset += 1
        }
        return fold(hash ^ rest)
    }

    private func fold(_ word: UInt64) -> UInt64 {
        let product = word.multipliedFullWidth(by: key.1 | 1)
        return product.high ^ product.low
    }
}
