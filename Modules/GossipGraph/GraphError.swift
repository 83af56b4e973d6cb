public import ParsecCore

/// Why an event does not fit into a graph (`protocol.md` sections 2.2 and 5.1).
public enum GraphError: Error, Hashable, Sendable {
    /// Only the first event of a peer has no self-parent, and only if it is an Initial event.
    case missingSelfParent(kind: EventKind)

    /// An Initial event has a self-parent.
    case initialWithSelfParent(EventIndex)

    /// The self-parent was created by another peer.
    case selfParentByDifferentCreator(EventIndex)

    /// The other-parent was created by the same peer.
    case otherParentBySameCreator(EventIndex)

    /// A parent is not in this graph.
    case unknownParent(EventIndex)

    /// An Observation event votes for nothing.
    case noObservations

    /// The graph holds as many events as its indices can number.
    case graphFull
}

extension GraphError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .missingSelfParent(let kind): "an event of kind \(kind) needs a self-parent"
        case .initialWithSelfParent(let parent): "an Initial event has no self-parent, this one has \(parent)"
        case .selfParentByDifferentCreator(let parent): "the self-parent (\(parent)) was created by another peer"
        case .otherParentBySameCreator(let parent): "the other-parent (\(parent)) was created by the same peer"
        case .unknownParent(let parent): "the parent (\(parent)) is not in this graph"
        case .noObservations: "an Observation event carries at least one observation"
        case .graphFull: "the graph holds as many events as 32-bit indices can number"
        }
    }
}
