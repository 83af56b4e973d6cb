import Consensus
import HeapModule
import ParsecCore

/// Something that is going to happen at a time.
enum Occurrence: Sendable {
    /// A step of the scenario begins.
    case stepBegins(Int)

    /// A fault ends.
    case faultEnds(Int)

    /// A batch of payloads of a step is proposed.
    case payload(step: Int, number: Int)

    /// A peer votes for plans.
    case vote(peer: Int, plans: [Int])

    /// A peer acts of itself, unless it was woken up under a newer number.
    case wake(peer: Int, instance: Int, number: Int)

    /// A message arrives.
    case arrival(Parcel)
}

/// A message between peers that is under way.
struct Parcel: Sendable {
    enum Content: Sendable {
        case gossip(GossipMessage)

        /// A message as it travels over a wire, and how many events it had.
        case encoded([UInt8], GossipMessage.Kind, events: Int)

        /// The sender's standing; it has nothing else to tell.
        case heartbeat(Standing, isReply: Bool)

        /// The sender lacks something on which a message of the receiver's builds: the receiver shall begin anew.
        case greeting
    }

    let sender: Int
    let senderInstance: Int
    let receiver: Int
    let content: Content
}

/// What is going to happen, in the order of time; of the same time what was scheduled first.
struct EventQueue: Sendable {
    private struct Entry: Comparable, Sendable {
        let time: Int
        let number: Int
        let occurrence: Occurrence

        static func < (a: Entry, b: Entry) -> Bool { (a.time, a.number) < (b.time, b.number) }
        static func == (a: Entry, b: Entry) -> Bool { a.number == b.number }
    }

    private var heap = Heap<Entry>()
    private var scheduled = 0

    mutating func schedule(_ occurrence: Occurrence, at time: Int) {
        heap.insert(Entry(time: time, number: scheduled, occurrence: occurrence))
        scheduled += 1
    }

    mutating func next() -> (time: Int, occurrence: Occurrence)? {
        heap.popMin().map { ($0.time, $0.occurrence) }
    }
}
