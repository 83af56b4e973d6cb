import ParsecCore
import Voting

extension GossipSimulation {
    /// Lets a random peer begin an exchange with another one.
    mutating func exchangeAtRandom() {
        let senders = present.filter { isActive($0) && cutOff(of: $0) == nil }
        guard let sender = senders.randomElement(using: &random) else { return }
        guard let head = anyHead(of: sender, for: nil) else { return }
        let recipients = present.filter { canContact(sender, head, $0) }
        guard let recipient = recipients.randomElement(using: &random) else {
            // Alone, a peer needs a sync event of its own to carry its votes on.
            extend(sender, head, .requesting(sender))
            return
        }
        beginExchange(from: sender, head, to: recipient)
    }

    /// Lets each victim of a cut-off exchange gossip with its branch of the forker now and then.
    mutating func exchangeWithVictims() {
        for number in cutOffs.indices where cutOffs[number].steps.contains(step) {
            let cutOff = cutOffs[number]
            guard isActive(cutOff.forker), isActive(cutOff.victim), random.chance(40) else { continue }
            guard let branch = openBranch(of: number) else { continue }
            if random.chance(50) {
                beginExchange(from: cutOff.forker, branch, to: cutOff.victim)
            } else {
                beginExchange(from: cutOff.victim, 0, to: cutOff.forker)
            }
        }
    }

    /// Adds the requesting event and sends the request.
    mutating func beginExchange(from sender: PeerID, _ head: Int, to recipient: PeerID) {
        guard let event = extend(sender, head, .requesting(recipient)) else { return }
        send(
            Message(event: event, sender: sender, recipient: recipient, isRequest: true, head: head, due: step)
        )
    }

    /// Loses a message, delays it or delivers it.
    private mutating func send(_ message: Message) {
        if random.chance(recipe.loss) { return }
        if random.chance(recipe.delay) {
            var later = message
            later.due = step + Int.random(in: 1...6, using: &random)
            messages.append(later)
        } else {
            deliver(message)
        }
    }

    mutating func deliverDueMessages() {
        let due = messages.filter { $0.due <= step }
        messages.removeAll { $0.due <= step }
        for message in due { deliver(message) }
    }

    /// Adds the receiver's sync event, and answers a request.
    mutating func deliver(_ message: Message) {
        let recipient = message.recipient
        guard isActive(recipient) else { return }
        if let cutOff = cutOff(of: recipient) {
            let branch = cutOff.head.flatMap { heads[cutOff.forker]?[$0].last }
            guard message.sender == cutOff.forker, let branch, graph.isSelfDescendant(branch, of: message.event) else {
                var later = message
                later.due = cutOff.steps.upperBound + 1
                messages.append(later)
                return
            }
        }
        if message.isRequest {
            takeInHidden(message)
            guard let head = anyHead(of: recipient, for: message.sender) else { return }
            guard let event = extend(recipient, head, .request, otherParent: message.event) else { return }
            send(
                Message(
                    event: event,
                    sender: recipient,
                    recipient: message.sender,
                    isRequest: false,
                    head: message.head,
                    due: step
                )
            )
        } else if heads[recipient]?[message.head].isAlive == true {
            extend(recipient, message.head, .response, otherParent: message.event)
        }
    }

    /// Adds a second sync event for a request to the hidden branches of its recipient.
    private mutating func takeInHidden(_ message: Message) {
        let all = heads[message.recipient] ?? []
        for head in all.indices where all[head].isAlive && all[head].hiddenUntil > step && random.chance(60) {
            extend(message.recipient, head, .request, otherParent: message.event)
        }
    }

    /// Chooses the head by which a peer deals with another one, or with anybody but the victims of its branches.
    private mutating func anyHead(of peer: PeerID, for other: PeerID?) -> Int? {
        let all = heads[peer] ?? []
        let alive = all.indices.filter { all[$0].isAlive && all[$0].hiddenUntil <= step }
        if let other, let own = alive.first(where: { all[$0].audience == other }) { return own }
        return alive.filter { all[$0].audience == nil }.randomElement(using: &random)
    }

    /// Says whether a peer may begin an exchange with another one: one of the genesis or one that it has heard of.
    private func canContact(_ sender: PeerID, _ head: Int, _ recipient: PeerID) -> Bool {
        guard recipient != sender, isActive(recipient), cutOff(of: recipient) == nil else { return false }
        if graph.genesis.contains(recipient) { return true }
        guard let last = heads[sender]?[head].last, let first = heads[recipient]?.first?.last else { return false }
        return graph.selfAncestors[first].elements.contains { graph.isDescendant(last, of: $0) }
    }
}
