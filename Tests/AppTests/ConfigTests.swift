import Foundation
import NodeFiles
import Testing

@Suite struct ConfigTests {
    /// Reads a configuration with some text in its file, and checks it as a node does.
    private func fault(_ text: String, _ environment: [String: String] = [:]) throws -> String? {
        let path = FileManager.default.temporaryDirectory.appending(path: "parsec-\(UUID()).toml").path
        try Data(text.utf8).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        do {
            let config = try NodeConfig.read(path, environment: environment)
            _ = (try config.settings(), try config.policy(), try config.logLevel(), try config.httpAddress())
            _ = try config.address(config.listen, .listen)
            return nil
        } catch let fault as FileFault { return fault.description.replacing(path, with: "FILE") }
    }

    @Test(
        "What is wrong with a setting is told with the file, the line and the key",
        arguments: [
            ("\nlisten = 3", "FILE: line 2: listen: "),
            ("listen = \"nowhere\"", "FILE: line 1: listen: expected an address"),
            ("# listen\nlog = \"loud\"", "FILE: line 2: log: expected trace"),
            ("store = \"\"\nmembership = \"half\"", "FILE: line 2: membership: expected \"closed\" or \"open\""),
            ("addresses = [\"here\"]", "FILE: line 1: addresses: expected an address"),
            ("listen = \"127.0.0.1:1", "FILE: line 1: "),
            ("\nmembershp = \"open\"", "FILE: line 2: membershp: there is no such setting"),
            ("http = \"0.0.0.0:80\"", "FILE: line 1: http: other machines reach 0.0.0.0:80"),
        ]
    )
    func faults(text: String, start: String) throws {
        let found = try #require(try fault(text))
        #expect(found.hasPrefix(start), "\(found)")
    }

    @Test(
        "Numbers that make no sense are refused, and none stops the program",
        arguments: [
            "heartbeat = -1.0", "heartbeat = nan", "heartbeat = 1e300", "evict-after = inf", "evict-after = 1.0",
            "exchange-interval = 0", "exchange-interval = 9223372036854775807", "queued-payloads = 0",
        ]
    )
    func numbers(text: String) throws {
        let found = try #require(try fault(text))
        #expect(found.hasPrefix("FILE: line 1: \(text.prefix { $0 != " " }): "), "\(found)")
    }

    @Test("What the environment says comes in place of the file's, and is named if it is wrong")
    func environment() throws {
        #expect(try fault("listen = \"nowhere\"", ["PARSEC_LISTEN": "127.0.0.1:1"]) == nil)
        let found = try #require(try fault("", ["PARSEC_HEARTBEAT": "soon"]))
        #expect(found == "PARSEC_HEARTBEAT: expected a number, found \"soon\"")
        let other = try #require(try fault("listen = \"127.0.0.1:1\"", ["PARSEC_LISTEN": "nowhere"]))
        #expect(other.hasPrefix("PARSEC_LISTEN: expected an address"))
    }

    @Test("The defaults, written out with their comments, are read as they are")
    func defaults() throws {
        #expect(try fault(NodeConfig().text) == nil)
        #expect(try fault("") == nil)
    }

    @Test("A token's file that is empty protects nothing, and is refused")
    func emptyToken() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "parsec-\(UUID())").path
        try Data("\n".utf8).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(throws: FileFault.self) { try NodeConfig.readToken(path) }
        try Data("secret\n".utf8).write(to: URL(filePath: path))
        #expect(try NodeConfig.readToken(path) == "secret")
    }
}
