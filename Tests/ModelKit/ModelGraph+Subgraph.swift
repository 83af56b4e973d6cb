extension ModelGraph {
    /// Makes the graph of an event's ancestors, with the original position of each of its events.
    public func causalPast(of event: Int) -> (graph: ModelGraph, original: [Int]) {
        subgraph(ancestors[event])
    }

    /// Makes the graph of the events in a set that holds the parents of its members, with their original positions.
    public func subgraph(_ known: ModelBitSet) -> (graph: ModelGraph, original: [Int]) {
        let original = known.elements.filter { $0 < events.count }
        return (picking(original), original)
    }

    /// Makes the graph of the first events.
    public func prefix(_ count: Int) -> ModelGraph {
        ModelGraph(genesis: genesis, mode: mode, events: Array(events.prefix(count)))
    }

    /// Makes the graph whose event `i` is this one's event `order[i]`; parents that are not taken are dropped.
    func picking(_ order: [Int]) -> ModelGraph {
        var position = [Int?](repeating: nil, count: events.count)
        for (new, old) in order.enumerated() where events.indices.contains(old) { position[old] = new }
        let picked = order.filter(events.indices.contains).map { old in
            ModelEvent(
                creator: events[old].creator,
                cause: events[old].cause,
                selfParent: selfParent(of: old).flatMap { position[$0] },
                otherParent: otherParent(of: old).flatMap { position[$0] }
            )
        }
        return ModelGraph(genesis: genesis, mode: mode, events: picked)
    }
}
