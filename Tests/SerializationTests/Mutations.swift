import Simulation

/// Changed copies of some bytes, without an end: bits flipped, bytes raised, pieces cut out, doubled or moved.
struct Mutations: Sequence, IteratorProtocol {
    private let original: [UInt8]
    private var random: SeededGenerator

    init(of original: [UInt8], seed: UInt64) {
        self.original = original
        random = SeededGenerator(seed: seed)
    }

    mutating func next() -> [UInt8]? {
        var bytes = original
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            guard !bytes.isEmpty else { break }
            let place = Int.random(in: bytes.indices, using: &random)
            let end = Swift.min(bytes.count, place + Int.random(in: 1...9, using: &random))
            switch Int.random(in: 0...5, using: &random) {
            case 0: bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
            case 1: bytes[place] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &random) ?? 0
            case 2: bytes[place] &+= 1
            case 3: bytes.removeSubrange(place..<end)
            case 4: bytes.insert(contentsOf: Array(bytes[place..<end]), at: place)
            default: bytes.replaceSubrange(place..<end, with: bytes.shuffled(using: &random).prefix(end - place))
            }
        }
        return bytes
    }
}
