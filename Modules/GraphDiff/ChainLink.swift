/// An event among others of its creator.
struct ChainLink<Key: Hashable & Comparable> {
    let key: Key
    let index: Int
    let selfParent: Key?

    /// The forks that two views of a creator's events show together, which may be seen by neither alone.
    static func forks(of creator: String, _ a: [ChainLink], _ b: [ChainLink]) -> [GraphComparison.Fork] {
        let (hasA, hasB) = (Set(a.map(\.key)), Set(b.map(\.key)))
        var children: [Key?: [ChainLink]] = [:]
        for link in a + b.filter({ !hasA.contains($0.key) }) { children[link.selfParent, default: []].append(link) }
        return children.values.filter { $0.count > 1 }.sorted { $0[0].index < $1[0].index }.map { branches in
            let sizes = branches.sorted { $0.key < $1.key }.map { branch in
                var count = (a: 0, b: 0)
                var stack = [branch.key]
                while let key = stack.popLast() {
                    if hasA.contains(key) { count.a += 1 }
                    if hasB.contains(key) { count.b += 1 }
                    stack += (children[key] ?? []).map(\.key)
                }
                return GraphComparison.ForkBranch(events: GraphComparison.Pair(count.a, count.b))
            }
            return GraphComparison.Fork(creator: creator, index: branches[0].index, branches: sizes)
        }
    }
}

extension GraphComparison.Range {
    /// Joins indices that follow on each other; equal ones are events of a fork.
    static func runs(_ indices: [Int], _ creator: String, _ side: GraphComparison.Side) -> [GraphComparison.Range] {
        var runs: [(first: Int, last: Int, count: Int)] = []
        for index in indices.sorted() {
            if let last = runs.last, index <= last.last + 1 {
                runs[runs.count - 1] = (last.first, index, last.count + 1)
            } else {
                runs.append((index, index, 1))
            }
        }
        return runs.map { run in
            GraphComparison.Range(side: side, creator: creator, first: run.first, last: run.last, count: run.count)
        }
    }
}
