import ArgumentParser
import Glibc

/// Another program, run for what it prints.
///
/// `Process` would do that, too, but is all of Foundation, and the memory of this process is one of the things measured.
enum Program {
    /// What a program prints.
    ///
    /// - Parameter isQuiet: whether what it complains about is dropped.
    /// - Throws: `ValidationError` if it does not run or fails.
    static func output(of path: String, _ arguments: [String], isQuiet: Bool = false) throws -> String {
        let words = ([path] + arguments).map {
            "'" + $0.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
        }
        guard let stream = popen(words.joined(separator: " ") + (isQuiet ? " 2>/dev/null" : ""), "r") else {
            throw ValidationError("\(path) cannot be run: \(String(cString: strerror(errno)))")
        }
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = fread(&buffer, 1, buffer.count, stream)
            if count == 0 { break }
            output += buffer[..<count]
        }
        guard pclose(stream) == 0 else {
            throw ValidationError("\(path) \(arguments.joined(separator: " ")) did not end well")
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// The path of this program.
    static func own() throws -> String {
        guard let path = realpath("/proc/self/exe", nil) else {
            throw ValidationError("where this program is, is not known")
        }
        defer { free(path) }
        return String(cString: path)
    }
}
