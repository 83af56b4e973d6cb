public import ParsecCore

extension ModelGraph {
    /// Makes the graph whose event `i` is this one's event `order[i]`.
    ///
    /// The order must contain each position once, parents before children; events out of place lose their parents.
    public func reordered(by order: [Int]) -> ModelGraph { picking(order) }

    /// Draws a causal order of the events: each step takes one of the events whose parents are all taken.
    public func randomCausalOrder(using generator: inout some RandomNumberGenerator) -> [Int] {
        causalOrder(delaying: { _ in false }, using: &generator)
    }

    /// Draws a causal order in which the events of a peer come as late as possible.
    public func causalOrder(delaying peer: PeerID, using generator: inout some RandomNumberGenerator) -> [Int] {
        causalOrder(delaying: { events[$0].creator == peer }, using: &generator)
    }

    /// Draws a causal order in which an event and its self-descendants come as late as possible.
    public func causalOrder(
        delayingBranchAt event: Int,
        using generator: inout some RandomNumberGenerator
    ) -> [Int] {
        causalOrder(delaying: { isSelfDescendant($0, of: event) }, using: &generator)
    }

    /// Draws a causal order which takes a delayed event only when nothing else is left to take.
    public func causalOrder(
        delaying isDelayed: (Int) -> Bool,
        using generator: inout some RandomNumberGenerator
    ) -> [Int] {
        var waiting = [Int](repeating: 0, count: events.count)
        var children = [[Int]](repeating: [], count: events.count)
        for event in events.indices {
            for parent in [selfParent(of: event), otherParent(of: event)].compactMap({ $0 }) {
                waiting[event] += 1
                children[parent].append(event)
            }
        }
        var ready: [Int] = []
        var delayed: [Int] = []
        for event in events.indices where waiting[event] == 0 {
            if isDelayed(event) { delayed.append(event) } else { ready.append(event) }
        }
        var order: [Int] = []
        while !ready.isEmpty || !delayed.isEmpty {
            let event =
                ready.isEmpty
                ? delayed.swapRemove(at: Int.random(in: delayed.indices, using: &generator))
                : ready.swapRemove(at: Int.random(in: ready.indices, using: &generator))
            order.append(event)
            for child in children[event] {
                waiting[child] -= 1
                if waiting[child] > 0 { continue }
                if isDelayed(child) { delayed.append(child) } else { ready.append(child) }
            }
        }
        return order
    }
}

extension Array {
    /// Takes out an element, whose place the last one gets.
    fileprivate mutating func swapRemove(at index: Int) -> Element {
        swapAt(index, count - 1)
        return removeLast()
    }
}
