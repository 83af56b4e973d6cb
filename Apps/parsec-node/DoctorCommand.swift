import App
import ArgumentParser
import Foundation
import Identity
import Logging
import NIOCore
import NIOPosix
import NodeFiles
import ParsecCore
import SQLiteStorage
import Storage
import TCPTransport
import Transport

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Looks for what keeps a node from running well, and says what to do.",
        discussion: "Exit status: 0 if nothing was found that has to be mended, 1 if something was."
    )

    @OptionGroup var options: ConfigOptions

    func run() async throws {
        var checks = Checks()
        guard let config = checks.run("configuration", { try options.read() }) else { return try checks.finish() }
        checks.run("settings") {
            _ = (try config.settings(), try config.policy(), try config.logLevel(), try config.httpAddress())
        }
        let keys = checks.run("key") { try KeyFile.read(options.path(config.key)) }
        let invitation = checks.run("network") { try NetworkFile.read(options.path(config.network)) }
        checks.run("token") { _ = try NodeConfig.readToken(options.path(config.token)) }
        checks.run("clock") {
            // Nothing depends on the clock but what people read in logs.
            guard Date.now > Date(timeIntervalSince1970: 1_760_000_000) else {
                throw Failure("it says \(Date.now), which is past; set it, or nobody can make sense of the logs")
            }
        }
        let isRunning = await checks.check("store") { try await self.checkStore(config) } == .inUse
        checks.run("disk") { try checkDisk(options.path(config.store)) }
        if isRunning {
            print("ports: the node runs, so they are not tried")
        } else {
            await checks.check("port \(config.listen)") { try await self.tryPort(config.listen) }
            if !config.http.isEmpty {
                await checks.check("port \(config.http)") { try await self.tryPort(config.http) }
            }
        }
        if let keys, let invitation {
            await checks.check("members") { try await self.tryMembers(keys, invitation) }
        }
        try checks.finish()
    }

    private enum StoreState { case free, inUse }

    private func checkStore(_ config: NodeConfig) async throws -> StoreState {
        guard !config.store.isEmpty, FileManager.default.fileExists(atPath: options.path(config.store)) else {
            return .free
        }
        let kinds = StoredForm.Kinds(digests: SHA256Digests(), signatures: .ed25519)
        do {
            let store = try SQLiteStore(path: options.path(config.store), kinds: kinds)
            _ = try await store.load()
            try await store.close()
            return .free
        } catch StoreError.inUse { return .inUse }
    }

    private func checkDisk(_ path: String) throws {
        guard !path.isEmpty else { return }
        let folder = URL(filePath: path).deletingLastPathComponent().path
        let values = try FileManager.default.attributesOfFileSystem(forPath: folder)
        guard let free = (values[.systemFreeSize] as? NSNumber)?.int64Value, free < 1 << 30 else { return }
        throw Failure("\(free >> 20) MB are free in \(folder), less than 1 GB; make room")
    }

    private func tryPort(_ text: String) async throws {
        guard let address = PeerAddress(text) else { throw Failure("expected HOST:PORT, found \(text)") }
        do {
            let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .bind(host: address.host, port: address.port).get()
            try await channel.close()
        } catch { throw Failure("connections cannot be taken there: \(error); does another program use it?") }
    }

    /// Connects with the members as the node would.
    private func tryMembers(_ keys: KeyPair, _ invitation: Invitation) async throws {
        let others = invitation.members.filter { $0.id != keys.id }
        guard !others.isEmpty else { return }
        var logger = Logger(label: "doctor")
        logger.logLevel = .critical
        let transport = try TCPTransport(
            keys,
            TCPTransport.Options(listen: PeerAddress(host: "127.0.0.1", port: 0)),
            logger: logger
        )
        transport.setPeers(
            Dictionary(others.map { ($0.id, $0.info.addresses) }) { first, _ in first }
        )
        let reached = await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await transport.run(Greeter(members: Set(others.map(\.id)))) }
            group.addTask {
                for _ in 0..<30 where transport.connectedPeers.count < others.count {
                    try? await Task.sleep(for: .milliseconds(100))
                }
            }
            await group.next()
            let reached = transport.connectedPeers
            group.cancelAll()
            return reached
        }
        print("members: \(reached.count) of \(others.count) others answer")
        let silent = others.filter { !reached.contains($0.id) }
        guard silent.isEmpty else {
            let names = silent.map { member in
                let addresses = member.info.addresses.map(\.description).joined(separator: ", ")
                return "\(ReadableID.text(of: member.id) ?? "") at \(addresses.isEmpty ? "no address" : addresses)"
            }
            throw Failure(
                "no answer from \(names.joined(separator: "; ")); are they running, and can they be reached from here?"
            )
        }
    }
}

/// Lets members in, and says nothing.
private struct Greeter: TransportDelegate {
    let members: Set<PeerID>

    func admission(of peer: PeerID) async -> Admission { members.contains(peer) ? .member : .refused }
    func connected(to peer: PeerID) async {}
    func disconnected(from peer: PeerID) async {}
    func receive(_ frame: [UInt8], from peer: PeerID) async {}
}

/// What was looked at, and whether all of it was well.
private struct Checks {
    private var failures = 0

    @discardableResult
    mutating func run<Value>(_ name: String, _ body: () throws -> Value) -> Value? {
        do {
            let value = try body()
            print("\(name): ok")
            return value
        } catch {
            note(name, error)
            return nil
        }
    }

    @discardableResult
    mutating func check<Value: Sendable>(_ name: String, _ body: () async throws -> Value) async -> Value? {
        do {
            let value = try await body()
            print("\(name): ok")
            return value
        } catch {
            note(name, error)
            return nil
        }
    }

    private mutating func note(_ name: String, _ error: any Error) {
        failures += 1
        print("\(name): \(error)")
    }

    func finish() throws {
        if failures > 0 { throw ExitCode.failure }
    }
}
