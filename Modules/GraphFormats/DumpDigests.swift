public import ParsecCore
public import Voting

/// Digests for networks whose graphs are going to be dumped.
///
/// Payloads have the digests that dumps are replayed with, since these break ties; events, of which there are many more,
/// have those of another function.
public struct DumpDigests: ObservationDigests {
    private let events: any DigestFunction

    /// - Parameter events: digests all but payloads.
    public init(events: any DigestFunction) {
        self.events = events
    }

    public var kind: DigestKind { events.kind }

    public func digest(_ bytes: [UInt8]) -> Digest { events.digest(bytes) }

    public func digest(of observation: Observation) -> Digest { ReferenceDigests().digest(of: observation) }
}
