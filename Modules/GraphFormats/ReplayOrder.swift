/// The order in which the reference feeds the events of a dump to a fresh peer (`protocol.md` section 8.5).
///
/// It goes through the owner's events; before one that answers a message come the events of the message. The owner's
/// accusations, and messages of key generations, are not repeated but made anew, which happens just before its next
/// sync event.
public enum ReplayOrder {
    /// Computes the order, as positions in the dump's list of events.
    ///
    /// - Complexity: linear in the number of events, but for sorting each message.
    public static func order(of dump: GraphDump) -> [Int] {
        var order: [Int] = []
        var isFed = [Bool](repeating: false, count: dump.events.count)
        var heldBack: [Int] = []
        var isHeldBack = [Bool](repeating: false, count: dump.events.count)

        func feed(_ event: Int) {
            guard !isFed[event] else { return }
            isFed[event] = true
            order.append(event)
        }

        /// Feeds the ancestors of an event that are missing, and itself, in the dump's order.
        func feedAncestors(of event: Int) {
            var missing: [Int] = []
            var stack = [event]
            var isFound: Set<Int> = []
            while let next = stack.popLast() {
                guard !isFed[next], isFound.insert(next).inserted else { continue }
                missing.append(next)
                let parents = [dump.events[next].selfParent, dump.events[next].otherParent]
                stack.append(contentsOf: parents.compactMap { $0 })
            }
            for event in missing.sorted() { feed(event) }
        }

        for (position, event) in dump.events.enumerated() where event.creator == dump.ourID {
            if isMadeAnew(dump.observations(of: position)) {
                heldBack.append(position)
                isHeldBack[position] = true
                continue
            }
            if let otherParent = event.otherParent { feedAncestors(of: otherParent) }
            if !isObservation(event.cause) || event.selfParent.map({ isHeldBack[$0] && !isFed[$0] }) == true {
                for held in heldBack { feed(held) }
                heldBack = []
            }
            feed(position)
        }
        for position in dump.events.indices { feed(position) }
        return order
    }

    private static func isMadeAnew(_ observations: [DumpObservation]) -> Bool {
        observations.contains {
            switch $0 {
            case .keyGeneration, .accusation: true
            default: false
            }
        }
    }

    private static func isObservation(_ cause: GraphDump.Cause) -> Bool {
        if case .observation = cause { true } else { false }
    }
}
