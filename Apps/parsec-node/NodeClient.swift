import ArgumentParser
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NodeFiles

/// Where a running node is, and how its answers are printed.
struct ClientOptions: ParsableArguments {
    @Option(help: "Where the node answers; by default what --config says, else http://127.0.0.1:8000.")
    var url: String?

    @Option(help: "A node's configuration, for its address and token.")
    var config: String?

    @Option(help: "The file with the node's token.")
    var tokenFile: String?

    @Option(help: "How answers are printed.")
    var output = OutputForm.table

    enum OutputForm: String, ExpressibleByArgument, CaseIterable {
        case table, json
    }

    func client() throws -> NodeClient {
        var url = url ?? ProcessInfo.processInfo.environment["PARSEC_URL"]
        var tokenPath = tokenFile
        if let config {
            let read = try NodeConfig.read(config)
            if url == nil && !read.http.isEmpty { url = "http://\(read.http)" }
            if tokenPath == nil && !read.token.isEmpty { tokenPath = NodeConfig.resolve(read.token, beside: config) }
        }
        return NodeClient(
            url: url ?? "http://127.0.0.1:8000",
            token: try tokenPath.flatMap(NodeConfig.readToken)
        )
    }

    /// Prints rows below their headings, or what was answered as it came.
    func show<Value: Decodable>(
        _ answer: Data,
        as type: Value.Type,
        _ headings: [String],
        rows: (Value) -> [[String]]
    ) throws {
        if output == .json { return print(String(decoding: answer, as: UTF8.self)) }
        let rows = rows(try JSONDecoder().decode(type, from: answer))
        let widths = headings.indices.map { column in ([headings] + rows).map { $0[column].count }.max() ?? 0 }
        for row in (headings.allSatisfy(\.isEmpty) ? [] : [headings]) + rows {
            let cells = zip(row, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }
            print(cells.joined(separator: "  ").replacing(#/\s+$/#, with: ""))
        }
    }
}

/// Talks to a node over HTTP.
struct NodeClient {
    let url: String
    let token: String?

    /// The most bytes of an answer.
    private static let mostBytes = 1 << 28

    func get(_ path: String) async throws -> Data { try await send(HTTPClientRequest(url: url + path)) }

    func post(_ path: String, _ body: Data = Data(), timeout: TimeAmount = .seconds(60)) async throws -> Data {
        var request = HTTPClientRequest(url: url + path)
        request.method = .POST
        request.body = .bytes(ByteBuffer(bytes: body))
        if let token { request.headers.add(name: "authorization", value: "Bearer \(token)") }
        return try await send(request, timeout: timeout)
    }

    /// Passes on the lines of an answer that does not end.
    func follow(_ path: String, _ line: (String) throws -> Void) async throws {
        let response = try await reached {
            try await HTTPClient.shared.execute(.init(url: url + path), timeout: .hours(24_000))
        }
        var rest = ""
        for try await part in response.body {
            rest += String(buffer: part)
            while let end = rest.firstIndex(of: "\n") {
                try line(String(rest[..<end]))
                rest = String(rest[rest.index(after: end)...])
            }
        }
    }

    private func send(_ request: HTTPClientRequest, timeout: TimeAmount = .seconds(60)) async throws -> Data {
        let (status, body) = try await reached {
            let response = try await HTTPClient.shared.execute(request, timeout: timeout)
            return (response.status, try await response.body.collect(upTo: NodeClient.mostBytes))
        }
        let data = Data(body.readableBytesView)
        if status.code == 404 {
            complain(NodeClient.message(data))
            throw ExitCode.missing
        }
        guard (200..<300).contains(status.code) else { throw Failure("the node says: \(NodeClient.message(data))") }
        return data
    }

    private func reached<Value>(_ body: () async throws -> Value) async throws -> Value {
        do { return try await body() } catch let error as HTTPClientError where error == .deadlineExceeded {
            throw Failure("the node did not answer in time")
        } catch is CancellationError { throw CancellationError() } catch {
            complain("no node answers at \(url): is it running, and is this its address? (\(error))")
            throw ExitCode.unreachable
        }
    }

    private static func message(_ body: Data) -> String {
        struct Reply: Decodable {
            struct Fault: Decodable { let message: String }
            let error: Fault
        }
        return (try? JSONDecoder().decode(Reply.self, from: body).error.message)
            ?? String(decoding: body, as: UTF8.self)
    }
}

/// Says something to the person at the terminal.
func complain(_ text: String) { FileHandle.standardError.write(Data("\(text)\n".utf8)) }
