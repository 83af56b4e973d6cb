public import ParsecCore

/// The digests of what is voted for, which break ties between payloads.
///
/// All peers of a network use the same. The default digests the observation's own bytes; recordings of the reference
/// bring their own (`protocol.md` section 2.3).
public protocol ObservationDigests: DigestFunction {
    /// Computes the digest of an observation; different observations have different digests.
    func digest(of observation: Observation) -> Digest
}

extension ObservationDigests {
    public func digest(of observation: Observation) -> Digest {
        var writer = ByteWriter(.observation, expecting: observation.byteCount)
        observation.write(to: &writer)
        return digest(writer.bytes)
    }
}
