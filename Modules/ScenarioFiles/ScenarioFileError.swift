/// What is wrong with a scenario file, and where.
public struct ScenarioFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The line, counted from 1; nil if it is about the file as a whole.
    public let line: Int?

    /// The key, with the tables that it is in, such as `gossip.interval`; nil if it is about none.
    public let key: String?

    /// What is wrong, and what was expected.
    public let message: String

    public init(line: Int?, key: String?, message: String) {
        self.line = line
        self.key = key
        self.message = message
    }

    public var description: String {
        let place = line.map { "line \($0): " } ?? ""
        let subject = key.map { "\($0): " } ?? ""
        return place + subject + message
    }
}
