import Foundation
import ModelKit
import Simulation

/// How many random cases the tests try: more by setting an environment variable.
enum TestScale {
    /// The number of random graphs per kind; `PARSEC_GRAPHS` sets it.
    static let graphs = number("PARSEC_GRAPHS") ?? 3

    /// The number of causal orders per graph; `PARSEC_ORDERS` sets it.
    static let orders = number("PARSEC_ORDERS") ?? 100

    /// The seed of the first graph; `PARSEC_SEED` sets it, to replay one that failed.
    static let firstSeed = UInt64(number("PARSEC_SEED") ?? 1)

    private static func number(_ name: String) -> Int? {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
    }

    static var seeds: Range<UInt64> { firstSeed..<firstSeed + UInt64(graphs) }

    /// The command that tries one graph again.
    static func replay(_ test: String, seed: UInt64) -> String {
        "PARSEC_SEED=\(seed) PARSEC_GRAPHS=1 PARSEC_ORDERS=\(orders) swift test --filter \(test)"
    }
}

/// The kinds of random graphs.
enum GraphKind: CaseIterable {
    case quiet
    case forked
    case aimed
    case churn
    case growAndShrink

    func graph(seed: UInt64) -> ModelGraph {
        var random = SeededGenerator(seed: seed)
        let recipe: GraphRecipe =
            switch self {
            case .quiet: .quiet(using: &random)
            case .forked: .forked(using: &random)
            case .aimed: .aimed(using: &random)
            case .churn: .churn(using: &random)
            case .growAndShrink: .growAndShrink(using: &random)
            }
        return randomGraph(recipe, seed: seed)
    }
}
