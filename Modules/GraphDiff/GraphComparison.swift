/// Where and why two graphs of the same network differ.
///
/// The fields stand in the order in which one wants to know: whether the agreed blocks agree, which events only one has,
/// who forked, what follows differently from the same events, and who is a member.
public struct GraphComparison: Hashable, Sendable, Codable {
    /// One of the two graphs.
    public enum Side: String, Hashable, Sendable, Codable {
        case a, b
    }

    /// A value on either side.
    public struct Pair<Value: Hashable & Sendable & Codable>: Hashable, Sendable, Codable {
        public let a: Value
        public let b: Value

        public init(_ a: Value, _ b: Value) {
            self.a = a
            self.b = b
        }

        public var differs: Bool { a != b }
    }

    /// How far a graph has come.
    public struct Progress: Hashable, Sendable, Codable {
        public let owner: String
        public let events: Int

        /// Decided payloads.
        public let blocks: Int
        public let elections: Int?
    }

    /// The agreed blocks.
    public struct Blocks: Hashable, Sendable, Codable {
        /// How many blocks from the first on are the same.
        public let common: Int

        /// The first that differ; nil if the shorter sequence is the beginning of the longer.
        public let firstDifference: Difference?
    }

    /// Two decisions for the same place.
    public struct Difference: Hashable, Sendable, Codable {
        public let number: Int
        public let payloads: Pair<String>

        /// Why they differ, as far as the graphs show it: one sentence for each finding.
        public let causes: [String]
    }

    /// Consecutive events of one creator that only one side has.
    public struct Range: Hashable, Sendable, Codable {
        public let side: Side
        public let creator: String

        /// The first and the last index by creator.
        public let first: Int
        public let last: Int

        /// How many events; more than the indices say where the creator forked.
        public let count: Int
    }

    /// A peer that created two events with the same self-parent.
    public struct Fork: Hashable, Sendable, Codable {
        public let creator: String

        /// The index by creator of the first events that are not the same.
        public let index: Int

        /// For each branch who has it, and how many events it has.
        public let branches: [ForkBranch]
    }

    public struct ForkBranch: Hashable, Sendable, Codable {
        public let events: Pair<Int>
    }

    /// Something that was computed differently for an event that both have.
    public struct Computed: Hashable, Sendable, Codable {
        /// What was computed.
        public enum Subject: String, Hashable, Sendable, Codable, CaseIterable {
            case ancestors
            case interestingContent = "interesting content"
            case observees
            case metaVotes = "meta-votes"
        }

        public let event: String
        public let subject: Subject
        public let values: Pair<String>
    }

    /// All that was computed differently.
    public struct ComputedDifferences: Hashable, Sendable, Codable {
        /// Whether elections could be compared: only if both have decided equally many.
        public let comparesElections: Bool

        /// How many events differ in anything.
        public let count: Int

        /// Those that no other difference comes before: the smallest set that shows where it begins.
        public let first: [Computed]
    }

    /// What a side says that it decided, and what follows from its events by the rules that it names.
    public struct Check: Hashable, Sendable, Codable {
        /// The first block that does not follow; nil if all do.
        public let firstWrong: Int?

        /// The block that follows instead, if one does.
        public let expected: String?

        /// Which rule was broken, as far as it shows.
        public let cause: String?

        /// Why the events could not be replayed, if so.
        public let failure: String?
    }

    /// A member, as the two sides see it.
    public struct Member: Hashable, Sendable, Codable {
        public let peer: String

        /// Its state; nil if the side does not know it.
        public let states: Pair<String?>
    }

    public let progress: Pair<Progress>
    public let blocks: Blocks

    /// Nil for running nodes, whose graphs are not read in whole.
    public let checks: Pair<Check?>
    public let events: [Range]
    public let forks: [Fork]
    public let computed: ComputedDifferences
    public let members: [Member]
    public let voters: Pair<[String]>?

    /// The side that has fewer blocks; of equally many, the side that lacks events and has none of its own.
    public let behind: Side?

    /// Whether nothing differs, but for who wrote the graphs down.
    public var isSame: Bool {
        blocks.firstDifference == nil && progress.a.blocks == progress.b.blocks && events.isEmpty && computed.count == 0
            && members.isEmpty && voters == nil && checks.a?.isFine ?? true && checks.b?.isFine ?? true
    }

    public init(
        progress: Pair<Progress>,
        blocks: Blocks,
        checks: Pair<Check?>,
        events: [Range],
        forks: [Fork],
        computed: ComputedDifferences,
        members: [Member],
        voters: Pair<[String]>?
    ) {
        self.progress = progress
        self.blocks = blocks
        self.checks = checks
        self.events = events
        self.forks = forks
        self.computed = computed
        self.members = members
        self.voters = voters
        let (lacksA, lacksB) = (events.contains { $0.side == .b }, events.contains { $0.side == .a })
        if blocks.firstDifference != nil {
            behind = nil
        } else if progress.a.blocks != progress.b.blocks {
            behind = progress.a.blocks < progress.b.blocks ? .a : .b
        } else {
            behind = lacksA == lacksB ? nil : lacksA ? .a : .b
        }
    }
}

extension GraphComparison.Check {
    /// Whether all that was decided follows.
    public var isFine: Bool { firstWrong == nil && failure == nil }
}
