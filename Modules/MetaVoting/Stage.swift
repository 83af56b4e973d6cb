/// How far one binary agreement has come: a round of three steps (`protocol.md` section 4.2).
@frozen
public struct Stage: Hashable, Comparable, Sendable {
    /// What a step of a round does with voters that do not agree.
    public enum Step: Int, Hashable, Sendable, CaseIterable {
        /// They go on with true; enough of them for true decide.
        case forcedTrue = 0

        /// They go on with false; enough of them for false decide.
        case forcedFalse = 1

        /// They go on with the coin of the next round.
        case genuineFlip = 2
    }

    /// The number of stages before this one.
    public let ordinal: Int

    public init(ordinal: Int) {
        self.ordinal = ordinal
    }

    public init(round: Int, step: Step) {
        ordinal = 3 * round + step.rawValue
    }

    public var round: Int { ordinal / 3 }

    public var step: Step {
        switch ordinal % 3 {
        case 0: .forcedTrue
        case 1: .forcedFalse
        default: .genuineFlip
        }
    }

    public static func < (a: Stage, b: Stage) -> Bool { a.ordinal < b.ordinal }
}

extension Stage: CustomStringConvertible {
    /// The round and the step, as in `0/1`.
    public var description: String { "\(round)/\(step.rawValue)" }
}
