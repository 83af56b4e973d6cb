import Consensus
import Membership
import ParsecCore
import Voting

/// Blocks, and the changes of members that they bring.
extension Simulation {
    /// Takes the blocks that a peer has come to, and checks them; returns whether the members changed.
    @discardableResult
    mutating func takeBlocks(of peer: Int, _ number: Int) -> Bool {
        var changed = false
        while let block = peers[peer].instances[number].engine.nextBlock() {
            switch block.observation {
            case .add(let id, _):
                changed = true
                if sponsors[id] == peers[peer].id || sponsors[id] == nil {
                    peers[peer].instances[number].newcomers.append(id)
                }
            case .remove, .accusation: changed = true
            case .genesis, .opaque, .keyGeneration: break
            }
            // Of a liar with two engines the first one's blocks are shown, and nobody relies on them.
            guard number == 0 else { continue }
            if isRepeated(block, of: peer) { continue }
            if peers[peer].isHonest { check(block, of: peer) }
            peers[peer].blocks.append(checker.shared(block))
            peers[peer].blockTimes.append(now)
            note(.block(peers[peer].id, block))
        }
        if look(at: peer, 0, { $0.state.contains(.vote) }) { becomeMember(peer) }
        if changed && number == 0 { castOwedVotes(peer) }
        return changed
    }

    /// Whether a restarted engine hands out a block that the peer had got before; it has to be the same.
    private mutating func isRepeated(_ block: Block, of peer: Int) -> Bool {
        let place = peers[peer].engineBlocks
        peers[peer].engineBlocks += 1
        guard place < peers[peer].blocks.count else { return false }
        let earlier = peers[peer].blocks[place]
        if peers[peer].isHonest && (earlier.digest != block.digest || earlier.election != block.election) {
            violate(
                .disagreement(
                    peer: peers[peer].id,
                    number: place,
                    found: block.observation.summary + " after a restart",
                    expected: earlier.observation.summary
                )
            )
        }
        return true
    }

    private mutating func check(_ block: Block, of peer: Int) {
        let isNew: Bool
        do { isNew = try checker.take(block, of: peers[peer].id, after: peers[peer].blocks) } catch {
            violate(error)
            return
        }
        guard isNew else { return }
        if let plan = planIndices[BlockChecker.Payload(observation: block.observation, voter: block.voter)] {
            plans[plan].block = block.number
            openPlans.remove(plan)
        }
        switch block.observation {
        case .add(let id, _):
            pendingChanges[id] = nil
            note(.joined(id))
            beginChanges()
        case .remove(let id, _):
            pendingChanges[id] = nil
            note(.left(id))
            beginChanges()
        case .accusation(let id, _):
            // Who was going to be removed anyway is gone now.
            for plan in plans.indices where plans[plan].observation == .remove(id, info: []) {
                plans[plan].block = block.number
                openPlans.remove(plan)
            }
            pendingChanges[id] = nil
            note(.left(id))
            beginChanges()
        case .genesis, .opaque, .keyGeneration: break
        }
    }

    /// What a peer does when it finds itself a member for the first time.
    private mutating func becomeMember(_ peer: Int) {
        guard !peers[peer].isMember else { return }
        peers[peer].isMember = true
        if contacts[peer] != nil { arouse(peer, 0, after: .news, learned: true) }
        castOwedVotes(peer)
        askNewMember(peer)
        let id = peers[peer].id
        for (waiting, step) in waitingForks where waiting == id {
            waitingForks.removeAll { $0.id == id }
            fork(id, step: step)
        }
        for (waiting, way) in waitingLiars where waiting == id {
            beginMisbehaviour(id, way)
        }
        waitingLiars.removeAll { $0.id == id }
    }
}
