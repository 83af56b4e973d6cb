import ParsecCore
import Voting

extension ModelGraph: CustomStringConvertible {
    /// One line per event, after a line with the genesis group and the mode.
    public var description: String {
        let lines = events.indices.map { describe(event: $0) }
        let group = genesis.map(\.description).joined(separator: " ")
        return (["genesis \(group), mode \(mode.rawValue)"] + lines).joined(separator: "\n")
    }

    /// Describes an event: position, creator with index by creator, cause and parents.
    public func describe(event: Int) -> String {
        var text = "\(event) \(events[event].creator).\(indexByCreator[event]) \(describe(events[event].cause))"
        if let parent = events[event].selfParent { text += " self-parent \(parent)" }
        if let parent = events[event].otherParent { text += " other-parent \(parent)" }
        return text
    }

    private func describe(_ cause: ModelCause) -> String {
        switch cause {
        case .initial: "initial"
        case .requesting(let recipient): "requesting(\(recipient))"
        case .request: "request"
        case .response: "response"
        case .observation(let observations):
            "observation(\(observations.map(shortDescription).joined(separator: ", ")))"
        }
    }
}

/// Describes an observation in a few characters, for failure messages.
func shortDescription(_ observation: Observation) -> String {
    switch observation {
    case .genesis: return "genesis"
    case .add(let peer, _): return "add \(peer)"
    case .remove(let peer, _): return "remove \(peer)"
    case .accusation(let offender, _): return "accuse \(offender)"
    case .opaque(let bytes):
        let isPrintable = bytes.allSatisfy { (0x20..<0x7F).contains($0) }
        return isPrintable ? String(decoding: bytes, as: UTF8.self) : "\(bytes)"
    case .keyGeneration(let step): return "key generation \(step)"
    }
}
