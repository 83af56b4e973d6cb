import ArgumentParser
import FoundationEssentials

/// A piece of work in a process of its own, so that its memory is its own.
enum OwnProcess {
    /// Runs this program once more.
    ///
    /// - Returns: the numbers that it prints, a line each.
    static func run(_ arguments: [String], count: Int) throws -> [Double] {
        let output = try Program.output(of: try Program.own(), arguments)
        let numbers = output.split(separator: "\n").compactMap { Double($0) }
        guard numbers.count == count else {
            throw ValidationError("\(arguments.joined(separator: " ")) did not end well")
        }
        return numbers
    }

    /// The kilobytes that this process has in memory now, `VmRSS`, or had at most, `VmHWM`.
    static func kilobytes(_ name: String) throws -> Double {
        let lines = try String(contentsOfFile: "/proc/self/status", encoding: .utf8).split(separator: "\n")
        let value = lines.first { $0.hasPrefix(name) }?.split(whereSeparator: { !$0.isNumber }).last
        guard let kilobytes = value.flatMap({ Double($0) }) else { throw ValidationError("no \(name) is known") }
        return kilobytes
    }
}
