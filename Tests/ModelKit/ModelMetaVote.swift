/// A set of truth values.
public struct ModelBoolSet: Hashable, Sendable {
    /// Whether true is in the set.
    public var hasTrue: Bool

    /// Whether false is in the set.
    public var hasFalse: Bool

    /// Makes a set.
    public init(hasTrue: Bool = false, hasFalse: Bool = false) {
        self.hasTrue = hasTrue
        self.hasFalse = hasFalse
    }

    /// Makes the set of one value.
    public init(_ value: Bool) { self.init(hasTrue: value, hasFalse: !value) }

    /// Whether neither value is in the set.
    public var isEmpty: Bool { !hasTrue && !hasFalse }

    /// Says whether a value is in the set.
    public func contains(_ value: Bool) -> Bool { value ? hasTrue : hasFalse }

    /// Adds a value.
    public mutating func insert(_ value: Bool) {
        if value { hasTrue = true } else { hasFalse = true }
    }
}

/// What an event holds of one binary agreement at one stage (`protocol.md` section 4.2, MetaVote).
public struct ModelMetaVote: Hashable, Sendable {
    /// The round of the stage.
    public var round: Int

    /// The step of the stage: 0 forces true, 1 forces false, 2 flips.
    public var step: Int

    /// The estimates.
    public var estimates: ModelBoolSet

    /// The values that a supermajority estimates.
    public var binValues: ModelBoolSet

    /// The auxiliary value.
    public var aux: Bool?

    /// The decision; once there, estimates, bin values and auxiliary value are just this value.
    public private(set) var decision: Bool?

    /// Makes an undecided meta-vote.
    public init(
        round: Int = 0,
        step: Int = 0,
        estimates: ModelBoolSet = ModelBoolSet(),
        binValues: ModelBoolSet = ModelBoolSet(),
        aux: Bool? = nil
    ) {
        self.round = round
        self.step = step
        self.estimates = estimates
        self.binValues = binValues
        self.aux = aux
    }

    /// Makes the meta-vote decided.
    public mutating func decide(_ value: Bool) {
        estimates = ModelBoolSet(value)
        binValues = ModelBoolSet(value)
        aux = value
        decision = value
    }
}

extension ModelMetaVote: CustomStringConvertible {
    /// Stage, estimates, bin values, auxiliary value and decision, as in `0/1 t tf t -`.
    public var description: String {
        func text(_ set: ModelBoolSet) -> String {
            set.isEmpty ? "-" : (set.hasTrue ? "t" : "") + (set.hasFalse ? "f" : "")
        }
        func text(_ value: Bool?) -> String { value.map { $0 ? "t" : "f" } ?? "-" }
        return "\(round)/\(step) \(text(estimates)) \(text(binValues)) \(text(aux)) \(text(decision))"
    }
}
