import Consensus
import GossipGraph
import CoreMetrics
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
                if graph.creator(of: event) == engine.agreement.peers.ourself { noteOwnVotes(of: event) }
            }
            counters.events.increment(by: Int(end.value - unstored.value))
            unstored = end
            if learned {
                spread()
                judgeSignal.give()
            }
        }
        var changed = false
        while let block = engine.nextBlock() {
            outputs.batch.blocks.append(block)
            noteDecision(block)
            if block.isOpaque { continue }
            noteAddresses(of: block)
            changed = true
            guard case .add(let peer, _) = block.observation else { continue }
            lastHeard[peer] = runningTime
            // Its vote counts from now on.
            if peer == id { resumeVotes() }
            // It may have connected before as somebody whom nobody knew.
            if hellos[peer] == nil { transport.disconnect(peer) }
        }
        if changed {
            connectMembers()
            spread()
        }
        if outputs.isAwaited { outputSignal.give() }
    }

    /// The most times of arrival that are kept.
    static let keptArrivals = 4_096

    /// Sends a frame once all that was created before is stored.
    ///
    /// - Parameter isLast: whether the connection is closed after it.
    func send(_ frame: Frame, to peer: PeerID, isLast: Bool = false) {
        outputs.frames.append((frame.bytes, peer, isLast))
        outputSignal.give()
    }

    // MARK: - Writing

    func write() async throws {
        for await _ in outputSignal.stream { try await writeOutputs(sends: true) }
    }

    func writeOutputs(sends: Bool) async throws {
        while !outputs.batch.isEmpty || !outputs.frames.isEmpty || storesAllBlocks && !unstoredBlocks.isEmpty {
            let taken = outputs
            outputs = Outputs()
            try await store(taken)
            for waiting in waitingForStore { waiting.resume() }
            waitingForStore = []
            if sends {
                for (bytes, peer, isLast) in taken.frames {
                    counters.sentBytes.increment(by: bytes.count)
                    do { try transport.send(bytes, to: peer) } catch { exchanges.failed(peer, settings, clock.now) }
                    if isLast { transport.disconnect(peer) }
                }
            }
            if !taken.batch.blocks.isEmpty {
                readyBlocks += taken.batch.blocks
                unstoredBlocks += taken.batch.blocks
                blockSignal.give()
            }
        }
        storesAllBlocks = false
    }

    /// Stores events, and with them the blocks that are not stored yet.
    ///
    /// Messages must not leave, and blocks not be given out, before the events are stored that they follow from. Blocks
    /// themselves follow from these events, so that they can wait for the next: a node that is killed finds them again.
    private func store(_ taken: Outputs) async throws {
        var batch = StoreBatch(events: taken.batch.events, snapshot: taken.batch.snapshot)
        if !batch.isEmpty || storesAllBlocks || unstoredBlocks.count > Node.mostUnstoredBlocks {
            batch.blocks = unstoredBlocks
        }
        if batch.isEmpty { return }
        do { try await store.append(batch) } catch {
            // What comes later builds on it, and must not be stored without it.
            outputs.batch.events = taken.batch.events + outputs.batch.events
            outputs.batch.blocks = taken.batch.blocks + outputs.batch.blocks
            outputs.batch.snapshot = outputs.batch.snapshot ?? taken.batch.snapshot
            outputs.frames = taken.frames + outputs.frames
            throw NodeError.store(error)
        }
        storedBlocks += batch.blocks.count
        unstoredBlocks.removeFirst(batch.blocks.count)
    }

    /// The most blocks that wait for events to be stored with.
    private static let mostUnstoredBlocks = 1_000

    /// Gives blocks to the application once their events are stored; messages do not wait for that.
    func apply() async {
        for await _ in blockSignal.stream { await applyBlocks() }
    }

    func applyBlocks() async {
        while !readyBlocks.isEmpty {
            let blocks = readyBlocks
            readyBlocks = []
            counters.blocks.increment(by: blocks.count)
            for block in blocks { await apply(block) }
            if appliedBlocks - lastSnapshot >= settings.blocksPerSnapshot { await takeSnapshot() }
        }
        // The last block of a node that was removed is its removal: nothing else of it will be decided.
        if engine.agreement.isOver && appliedBlocks == engine.blockCount { endSubmissions(.removed) }
    }

    private func apply(_ block: Block) async {
        stateDigest = await application.apply(block)
        appliedBlocks += 1
        if !waiters.isEmpty {
            for waiting in waiters.removeValue(forKey: block.observationDigest) ?? [] {
                waiting.continuation.resume(returning: block)
            }
        }
        for (number, follower) in followers {
            if case .dropped = follower.yield(block) {
                follower.finish()
                followers[number] = nil
            }
        }
    }

    /// Asks the application for its state, to be stored with the next events.
    func takeSnapshot() async {
        guard appliedBlocks > lastSnapshot, let bytes = await application.snapshot() else { return }
        outputs.batch.snapshot = ApplicationSnapshot(blocks: appliedBlocks, bytes: bytes, stateDigest: stateDigest)
        lastSnapshot = appliedBlocks
        outputSignal.give()
    }
}
