/// A way to break the rules that the graph shows: whoever has the event and its ancestors can tell.
///
/// Each is a function of an event's ancestry, defined in `OffenceLedger`; no correct peer ever commits one.
public enum Offence: UInt8, Hashable, Sendable, CaseIterable {
    /// Two events on one self-parent, or two first events.
    case fork = 0

    /// A second vote for the same payload on one chain.
    case duplicateVote = 1

    /// A vote for another genesis than the network's.
    case incorrectGenesis = 2

    /// A vote for the genesis by a peer that is not in it, or elsewhere than on its first event.
    case unexpectedGenesis = 3

    /// A member of the initial group whose second event does not vote for the genesis.
    case missingGenesis = 4

    /// A Request that answers no request to its creator, or one that it answered before.
    case invalidRequest = 5

    /// A Response that follows on no answer to its creator's request, or on one that it took before.
    case invalidResponse = 6

    /// An accusation that the ancestors of its event do not bear out.
    case invalidAccusation = 7

    /// Silence about an offence that the ancestors of the creator's sync event before show.
    case accomplice = 8
}

extension Offence: CustomStringConvertible {
    /// The name of the case.
    public var description: String {
        switch self {
        case .fork: "fork"
        case .duplicateVote: "duplicateVote"
        case .incorrectGenesis: "incorrectGenesis"
        case .unexpectedGenesis: "unexpectedGenesis"
        case .missingGenesis: "missingGenesis"
        case .invalidRequest: "invalidRequest"
        case .invalidResponse: "invalidResponse"
        case .invalidAccusation: "invalidAccusation"
        case .accomplice: "accomplice"
        }
    }
}
