import GossipGraph
import Membership
import ParsecCore
import Voting

/// What no engine does by itself: simulations have it done, to see what the others make of it.
extension Engine {
    /// Creates an event whatever the rules say, as long as it fits into the graph.
    package mutating func lie(_ cause: GossipEvent.Cause) throws(EngineError) {
        guard ownTip != nil, !agreement.isOver else { throw .notPermitted(required: .vote, actual: state) }
        try checkSpace(for: 3)
        let mapped = try cause.map { (id) throws(EngineError) in
            guard let peer = agreement.peers.index(of: id) else { throw .unknownPeer(id) }
            return peer
        } parent: { (digest) throws(EngineError) in
            guard let event = graph.event(withDigest: digest) else {
                throw .graph(.unknownParent(EventIndex(UInt32.max)))
            }
            return event
        } observation: { (observation) throws(EngineError) in
            observation
        }
        try append(mapped)
    }

    /// From now on says nothing about what others do.
    package mutating func becomeAccomplice() { concealsOffences = true }
}
