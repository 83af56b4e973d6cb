import GraphFormats
import MetaVoting
import Testing

/// Recorded graphs decide what they decided when they were recorded.
@Suite struct ConformanceTests {
    @Test(
        "A recording of the reference decides what the reference decided",
        .enabled(if: !Recording.reference.isEmpty, "the reference's recordings are not here"),
        arguments: Recording.reference
    )
    func reference(_ recording: Recording) throws {
        let expected = try recording.expected()
        var replay = try Replay(recording.dump(), rules: .reference)
        try replay.run()
        #expect(ReplayReport(replay, source: expected.source) == expected)
    }

    @Test(
        "A recording of the reference is written as it was read",
        .enabled(if: !Recording.reference.isEmpty, "the reference's recordings are not here"),
        arguments: Recording.reference
    )
    func roundTrip(_ recording: Recording) throws {
        let dump = try recording.dump()
        #expect(try DOTReader.read(Array(DOTWriter.write(dump).utf8)) == dump)
    }
}
