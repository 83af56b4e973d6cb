import AsyncHTTPClient
import Foundation
import GraphDiff
import GraphFormats
import NIOCore
import NIOHTTP1

/// A running node, by its HTTP interface.
struct NodeEndpoint: GraphEndpoint {
    let url: String

    /// The most bytes of a graph, and of any other answer.
    private static let mostBytes = (graph: 1 << 28, other: 1 << 24)

    /// How long an answer may take in whole.
    private static let patience = Duration.seconds(60)

    /// Tries once: a node that is not there will not be there in a minute.
    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration(timeout: .init(connect: .seconds(10), read: .seconds(60)))
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    init(address: String) throws(Failure) {
        let parts = URLComponents(string: address)
        guard let host = parts?.host, !host.isEmpty, (1...65_535).contains(parts?.port ?? 80) else {
            throw Failure("\(address) is no address of a node; expected one such as http://127.0.0.1:8001")
        }
        url = address.hasSuffix("/") ? String(address.dropLast()) : address
    }

    func dump() async throws -> GraphDump {
        let bytes = Array(try await get("/graph/dump", most: NodeEndpoint.mostBytes.graph))
        do { return try DOTReader.read(bytes) } catch {
            throw Failure("\(url)/graph/dump: the answer is no graph: \(error)")
        }
    }

    func heads() async throws -> GraphHeads {
        let heads = try await get("/graph/heads", as: GraphHeads.self)
        guard heads.isPossible else { throw Failure("\(url)/graph/heads: the answer contradicts itself") }
        return heads
    }

    func chain(of peer: String, from index: Int, count: Int) async throws -> [GraphHeads.Link] {
        try await get("/graph/chain?peer=\(peer)&from=\(index)&count=\(count)", as: [GraphHeads.Link].self)
    }

    func block(_ number: Int) async throws -> (digest: String, payload: String) {
        struct Block: Decodable {
            let digest: String
            let kind: String
            let payload: String
            let peer: String?
        }
        let block = try await get("/blocks/\(number)", as: Block.self)
        let payload = Data(base64Encoded: block.payload).flatMap { String(data: $0, encoding: .utf8) } ?? block.payload
        return (block.digest, "\(block.kind) \(block.peer ?? payload)")
    }

    func election() async throws -> [GraphHeads.MetaEvent] {
        try await get("/graph/election", as: [GraphHeads.MetaEvent].self)
    }

    private func get<Value: Decodable>(_ path: String, as type: Value.Type) async throws -> Value {
        let bytes = try await get(path, most: NodeEndpoint.mostBytes.other)
        do { return try JSONDecoder().decode(type, from: bytes) } catch {
            throw Failure("\(url)\(path): the answer is not what a node says; is this the address of one?")
        }
    }

    private func get(_ path: String, most: Int) async throws -> Data {
        let end = ContinuousClock.now + NodeEndpoint.patience
        var (status, data): (UInt, Data)
        do {
            let response = try await NodeEndpoint.client.execute(.init(url: url + path), timeout: .seconds(60))
            (status, data) = (response.status.code, Data())
            // What is said besides an answer is said in few words.
            let most = status == 200 ? most : 1 << 12
            for try await part in response.body {
                data += part.readableBytesView.prefix(most + 1 - data.count)
                if data.count > most && status == 200 {
                    throw Failure("\(url)\(path): the answer has more than \(most) bytes")
                }
                if ContinuousClock.now > end { throw Failure("\(url)\(path): the answer does not end") }
                if data.count > most { break }
            }
        } catch let failure as Failure { throw failure } catch {
            throw Failure("no node answers at \(url): is it running, and is this its address? (\(error))")
        }
        guard status == 200 else {
            let words = String(decoding: data, as: UTF8.self).prefix(200).split(whereSeparator: \.isNewline)
            throw Failure("\(url)\(path): status \(status): \(words.joined(separator: " "))")
        }
        return data
    }
}
