import GraphFormats
import MetaVoting
import Testing
import Voting

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
        "A recording of the reference is written byte for byte as the reference wrote it",
        .enabled(if: !Recording.reference.isEmpty, "the reference's recordings are not here"),
        arguments: Recording.reference
    )
    func written(_ recording: Recording) throws {
        let dump = try recording.dump()
        let text = DOTWriter.write(dump)
        #expect(try DOTReader.read(Array(text.utf8)) == dump)
        // Of the meta-events of a fork the reference lists the last one only, but draws them all.
        if dump.events.contains(where: { $0.forkIndex > 0 }) { return }
        #expect(try text == recording.text())
    }

    @Test("Our own recordings decide under the current rules what they decided", arguments: Recording.golden)
    func golden(_ recording: Recording) throws {
        let expected = try recording.expected()
        var replay = try Replay(recording.dump(), rules: .current)
        try replay.run()
        #expect(ReplayReport(replay, source: expected.source) == expected)
        #expect(!expected.blocks.isEmpty)
    }

    @Test("The order in which a dump's events are fed does not change what is decided", arguments: Recording.golden)
    func anyOrder(_ recording: Recording) throws {
        let expected = try recording.expected()
        let dump = try recording.dump()
        // The dump's own order differs from that of the replay: peer by peer, as far as parents allow.
        var replay = try Replay(dump, rules: .current, order: Array(dump.events.indices))
        try replay.run()
        let found = ReplayReport(replay, source: expected.source)
        #expect(
            found.decisions.map { $0.payloads.map(\.digest) } == expected.decisions.map { $0.payloads.map(\.digest) }
        )
        #expect(found.decisions.map(\.voters) == expected.decisions.map(\.voters))
    }

    @Test("There are recordings of our own of both modes, of churn and of forks")
    func goldenIsThere() throws {
        let dumps = try Recording.golden.map { try $0.dump() }
        #expect(Set(dumps.map(\.mode)) == [.single, .supermajority])
        #expect(dumps.contains { dump in dump.events.contains { $0.forkIndex > 0 } })
        let observations = dumps.flatMap { dump in dump.events.indices.flatMap { dump.observations(of: $0) } }
        #expect(observations.contains { if case .add = $0 { true } else { false } })
        #expect(observations.contains { if case .remove = $0 { true } else { false } })
    }
}
