public import ParsecCore

/// An observation with its digest, computed once.
public struct DigestedObservation: Hashable, Sendable {
    public let observation: Observation
    public let digest: Digest

    public init(_ observation: Observation, digest: Digest) {
        self.observation = observation
        self.digest = digest
    }
}
