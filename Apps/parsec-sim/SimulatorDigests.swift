import GraphFormats
import ParsecCore
import Simulation
import Voting

/// The digests that all simulations of this program use.
///
/// Payloads have the digests that dumps are replayed with, since these break ties; events, of which there are many more,
/// have those that are fast.
struct SimulatorDigests: ObservationDigests {
    var kind: DigestKind { .simulated }

    func digest(_ bytes: [UInt8]) -> Digest { SimulatedDigests().digest(bytes) }

    func digest(of observation: Observation) -> Digest { ReferenceDigests().digest(of: observation) }
}
