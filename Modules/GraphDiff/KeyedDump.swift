import Crypto
public import GraphFormats
import ParsecCore

/// A dump whose events have keys that mean the same in every dump.
///
/// The key of an event is a digest of its creator, its cause and the keys of its parents; so two events have the same key
/// only if all their ancestors are the same, whatever the order in which a peer got them, and whatever it calls them.
public struct KeyedDump: Sendable {
    /// The key of an event.
    public struct Key: Hashable, Comparable, Sendable {
        let high: UInt64
        let low: UInt64

        public static func < (a: Key, b: Key) -> Bool { (a.high, a.low) < (b.high, b.low) }
    }

    public let dump: GraphDump

    /// The keys of the events, by position.
    public let keys: [Key]

    /// Where the event with a key is.
    public let positions: [Key: Int]

    /// - Complexity: linear in the size of the dump.
    public init(_ dump: GraphDump) {
        self.dump = dump
        var keys: [Key] = []
        keys.reserveCapacity(dump.events.count)
        var positions = [Key: Int](minimumCapacity: dump.events.count)
        for (position, event) in dump.events.enumerated() {
            var writer = ByteWriter()
            writer.write(event.creator)
            for parent in [event.selfParent, event.otherParent] {
                writer.write(UInt64(parent == nil ? 0 : 1))
                guard let parent else { continue }
                writer.write(keys[parent].high)
                writer.write(keys[parent].low)
            }
            writer.write(Array(event.cause.name.utf8))
            if case .requesting(let recipient) = event.cause { writer.write(recipient) }
            for observation in dump.observations(of: position) { writer.write(Array(observation.description.utf8)) }
            let key = SHA256.hash(data: writer.bytes).withUnsafeBytes { bytes in
                Key(
                    high: bytes.loadUnaligned(as: UInt64.self),
                    low: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
                )
            }
            keys.append(key)
            positions[key] = position
        }
        self.keys = keys
        self.positions = positions
    }

    /// An event by creator and index, as in `Alice:27`; with its rank where a fork makes that necessary.
    public func name(of position: Int) -> String { dump.events[position].name }
}

extension GraphDump.Event {
    /// Creator and index, as in `Alice:27`; of a fork's second branch `Alice:27,1`.
    public var name: String { "\(creator):\(indexByCreator)" + (forkIndex == 0 ? "" : ",\(forkIndex)") }
}
