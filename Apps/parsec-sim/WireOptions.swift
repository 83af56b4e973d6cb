import GraphFormats
import ArgumentParser
import Consensus
import Identity
import ParsecCore
import Serialization
import Simulation

/// Whether messages travel as bytes, and under which keys.
struct WireOptions: ParsableArguments {
    @Flag(help: "Send every message as bytes: encoded, compressed and decoded.")
    var wire = false

    @Option(help: "How hard zlib tries on messages, from 0 (not at all) to 9.")
    var compression = 1

    @Flag(help: "Sign with Ed25519 and digest with SHA-256; the keys follow from the peers' names.")
    var realKeys = false

    func validate() throws {
        guard (0...9).contains(compression) else { throw ValidationError("--compression is a number from 0 to 9") }
    }

    var mode: TravelMode { TravelMode(isEncoded: wire, compression: compression, hasRealKeys: realKeys) }
}

/// How messages travel in a simulation, and under which keys.
struct TravelMode: Hashable, Sendable {
    var isEncoded = false
    var compression = 1
    var hasRealKeys = false

    /// The options of a simulation for it, and what measures the wire and the keys.
    func options() -> (Simulation.Options, WireMeter) {
        var options = Simulation.Options()
        let meter = WireMeter(codec: MessageCodec(compression: compression))
        if isEncoded { options.wire = meter }
        if hasRealKeys {
            let keys = DerivedKeys(seed: 0)
            options.digests = SHA256Digests()
            options.makeSigner = { keys.signer(of: $0) }
            options.verifier = MeteredVerifier(verifier: keys, meter: meter)
        } else {
            options.digests = DumpDigests(events: SimulatedDigests())
        }
        return (options, meter)
    }

    /// The options of a command line that lead to it, each after a space.
    var text: String {
        (isEncoded ? " --wire" : "") + (compression == 1 ? "" : " --compression \(compression)")
            + (hasRealKeys ? " --real-keys" : "")
    }
}
