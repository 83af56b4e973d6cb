import Consensus
import GossipGraph
import Logging
import Membership
import ParsecCore
import Storage
import Transport
import Voting

/// What the engine has come to goes to the store, then to others and to the application.
extension Node {
    /// Takes the engine's new events and blocks.
    func collect() {
        let graph = engine.agreement.graph
        let end = graph.endIndex
        if unstored < end {
            let now = clock.now
            if arrivals.last.map({ now - $0.time > .seconds(1) }) ?? true {
                arrivals.append((now, unstored))
                if arrivals.count > Node.keptArrivals { arrivals.removeFirst(Node.keptArrivals / 2) }
            }
            var learned = false
            for value in unstored.value..<end.value {
                let event = EventIndex(value)
                outputs.batch.events.append(engine.gossipEvent(event))
                guard graph.kind(of: event) == .observation else { continue }
                learned = true
                if graph.creator(of: event) != engine.agreement.peers.ourself { consider(event) }
            }
            unstored = end
            if learned { spread() }
        }
        var changed = false
        while let block = engine.nextBlock() {
            outputs.batch.blocks.append(block)
            if block.votes.contains(where: { $0.voter == id }) { ownUndecided -= 1 }
            if case .opaque = block.observation { continue }
            noteAddresses(of: block)
            changed = true
            // It may have connected before as somebody whom nobody knew.
            if case .add(let peer, _) = block.observation, hellos[peer] == nil { transport.disconnect(peer) }
        }
        if changed {
            connectMembers()
            spread()
        }
        if !outputs.batch.isEmpty || !outputs.frames.isEmpty { outputSignal.give() }
    }

    /// The most times of arrival that are kept.
    static let keptArrivals = 4_096

    /// Judges later what others voted for, as far as this node's vote counts.
    private func consider(_ event: EventIndex) {
        for payload in engine.agreement.graph.observations(of: event) {
            let digested = engine.agreement.store[payload]
            switch digested.observation {
            case .opaque where network.mode == .single: continue
            case .opaque, .add, .remove: propose.yield(digested.observation)
            case .genesis, .accusation, .keyGeneration: continue
            }
        }
    }

    /// Sends a frame once all that was created before is stored.
    func send(_ frame: Frame, to peer: PeerID) {
        outputs.frames.append((frame.bytes, peer))
        outputSignal.give()
    }

    // MARK: - Writing

    func write() async throws {
        for await _ in outputSignal.stream { try await writeOutputs(sends: true) }
    }

    func writeOutputs(sends: Bool) async throws {
        while !outputs.batch.isEmpty || !outputs.frames.isEmpty {
            let taken = outputs
            outputs = Outputs()
            // Only events have to be there before messages leave; blocks follow from them, if they are lost.
            try await append(StoreBatch(events: taken.batch.events))
            for waiting in waitingForStore { waiting.resume() }
            waitingForStore = []
            if sends {
                for (bytes, peer) in taken.frames {
                    do { try transport.send(bytes, to: peer) } catch { exchanges.failed(peer, settings, clock.now) }
                }
            }
            if !taken.batch.blocks.isEmpty {
                readyBlocks += taken.batch.blocks
                blockSignal.give()
            }
        }
    }

    /// Stores blocks whose events are stored, and gives them to the application; messages do not wait for that.
    func apply() async throws {
        for await _ in blockSignal.stream { try await applyBlocks() }
    }

    func applyBlocks() async throws {
        while !readyBlocks.isEmpty {
            let blocks = readyBlocks
            readyBlocks = []
            try await append(StoreBatch(blocks: blocks))
            storedBlocks += blocks.count
            for block in blocks { await apply(block) }
            if appliedBlocks - lastSnapshot >= settings.blocksPerSnapshot { try await storeSnapshot() }
        }
    }

    private func append(_ batch: StoreBatch) async throws {
        if batch.isEmpty { return }
        do { try await store.append(batch) } catch { throw NodeError.store(error) }
    }

    private func apply(_ block: Block) async {
        stateDigest = await application.apply(block)
        appliedBlocks += 1
        for waiting in waiters.removeValue(forKey: block.observationDigest) ?? [] { waiting.resume(returning: block) }
        for (number, follower) in followers {
            if case .dropped = follower.yield(block) {
                follower.finish()
                followers[number] = nil
            }
        }
    }

    func storeSnapshot() async throws {
        guard appliedBlocks > lastSnapshot, let bytes = await application.snapshot() else { return }
        let snapshot = ApplicationSnapshot(blocks: appliedBlocks, bytes: bytes)
        try await append(StoreBatch(snapshot: snapshot))
        lastSnapshot = snapshot.blocks
    }
}
