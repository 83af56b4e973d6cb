/// Why a file is no dump of a gossip graph.
public struct DOTError: Error, Hashable, Sendable {
    /// The line, counted from 1.
    public let line: Int

    /// The column in bytes, counted from 1.
    public let column: Int

    /// What should have been there.
    public let expected: String

    /// What is there: the rest of the line, shortened.
    public let found: String
}

extension DOTError: CustomStringConvertible {
    public var description: String { "line \(line), column \(column): expected \(expected), found \(found)" }
}
