public import Consensus
public import ParsecCore
public import Voting

/// One call of an engine: all that ever goes into it.
public enum EngineCall: Hashable, Sendable {
    case vote([Observation])
    case gossip(to: PeerID)
    case receive(GossipMessage, from: PeerID)

    /// Messages to a peer are expected to arrive from now on, in their order.
    case connect(to: PeerID)

    /// A liar's event.
    case lie(GossipEvent.Cause)

    /// A liar accuses nobody from now on.
    case conceal
}

extension Engine {
    /// Calls the engine as it was called before; what it answers, or throws, follows from its state.
    @discardableResult
    public mutating func perform(_ call: EngineCall) throws(EngineError) -> EngineAnswer {
        switch call {
        case .vote(let observations):
            try vote(for: observations)
            return .done
        case .gossip(let peer): return .request(try gossip(to: peer))
        case .lie(let cause):
            try lie(cause)
            return .done
        case .conceal:
            becomeAccomplice()
            return .done
        case .connect(let peer):
            try beginConnection(to: peer)
            return .done
        case .receive(let message, let sender): return .receipt(try receive(message, from: sender))
        }
    }
}

/// What an engine has gone through.
enum EngineStep: Hashable, Sendable {
    case call(EngineCall)

    /// It was made anew from its history, without what it kept of its exchanges.
    case restart
}

extension Engine {
    /// Goes through what an engine went through before; a call that was refused then is refused now.
    mutating func go(through steps: [EngineStep]) throws(HistoryError) {
        for step in steps {
            switch step {
            case .call(let call): _ = try? perform(call)
            case .restart: self = try Engine(restoring: history, with: cryptography, limits: limits)
            }
        }
    }
}

/// What an engine answers to a call.
public enum EngineAnswer: Hashable, Sendable {
    case done
    case request(GossipMessage)
    case receipt(Receipt)
}
