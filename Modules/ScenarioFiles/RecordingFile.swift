import Consensus
public import Foundation
import GossipGraph
import ParsecCore
public import Simulation
import Voting

/// Writes recordings as lines of JSON, and reads them.
///
/// The first line names the network. An event that a message brings has a line of its own before the first message
/// that brings it, and messages name their events by number. All other lines are actions, in the order of time.
public enum RecordingFile {
    /// What is wrong with a recording, and in which line.
    public struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
        /// The line, counted from 1.
        public let line: Int
        public let message: String

        public var description: String { "line \(line): \(message)" }
    }

    /// The most bytes that a recording may have.
    public static let mostBytes = 1 << 30

    /// What the first line of a recording names.
    public static let format = "parsec-recording-1"

    // MARK: - Writing

    /// Writes a recording; the same recording always gives the same bytes.
    public static func write(_ recording: Recording) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var result = Data()
        func append(_ line: some Encodable) throws {
            result.append(try encoder.encode(line))
            result.append(UInt8(ascii: "\n"))
        }
        try append(Header(recording))
        var numbers: [GossipEvent: Int] = [:]
        for entry in recording.entries {
            var eventNumbers: [Int]?
            if case .call(.receive(let message, _)) = entry.action {
                var list: [Int] = []
                for event in message.events {
                    if numbers[event] == nil {
                        numbers[event] = numbers.count
                        try append(EventLine(event))
                    }
                    list.append(numbers[event] ?? 0)
                }
                eventNumbers = list
            }
            try append(ActionLine(entry, events: eventNumbers))
        }
        return result
    }

    // MARK: - Reading

    /// Reads a recording.
    public static func read(_ data: Data) throws(Fault) -> Recording {
        guard data.count <= mostBytes else {
            throw Fault(line: 1, message: "the recording has \(data.count) bytes, at most \(mostBytes) are read")
        }
        let decoder = JSONDecoder()
        func decode<Line: Decodable>(_ type: Line.Type, _ line: Data, _ number: Int) throws(Fault) -> Line {
            do { return try decoder.decode(type, from: line) } catch {
                throw Fault(
                    line: number,
                    message:
                        "expected \(type.self == Header.self ? "a header" : "an event or an action"): \(error.summary)"
                )
            }
        }
        var recording: Recording?
        var events: [GossipEvent] = []
        for (offset, line) in data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            let number = offset + 1
            if line.isEmpty { continue }
            guard recording != nil else {
                let header = try decode(Header.self, line, number)
                recording = try header.recording(line: number)
                continue
            }
            let entry = try decode(AnyLine.self, line, number)
            switch entry {
            case .event(let line): events.append(try line.event(line: number))
            case .action(let line): recording?.append(try line.entry(events: events, line: number))
            }
        }
        guard let recording else { throw Fault(line: 1, message: "expected a header, found nothing") }
        return recording
    }
}

extension Error {
    /// What a decoder complains about, in one line.
    fileprivate var summary: String {
        switch self as? DecodingError {
        case .keyNotFound(let key, _): "the key \(key.stringValue) is missing"
        case .typeMismatch(let type, let context):
            "\(context.codingPath.map(\.stringValue).joined(separator: ".")) is no \(type)"
        case .valueNotFound(_, let context), .dataCorrupted(let context): context.debugDescription
        default: "\(self)"
        }
    }
}
