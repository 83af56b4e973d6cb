public import Consensus

/// Turns messages into bytes and back, for simulations in which they travel as such.
public protocol SimulatedWire: Sendable {
    /// Encodes a message that an engine has made.
    func encode(_ message: GossipMessage, from engine: Engine) -> [UInt8]

    /// Decodes a message for the engine that is about to take it.
    ///
    /// - Returns: the message without what could not be placed, and how many events that were.
    /// - Throws: whatever says why not; between honest peers that ends the run.
    func decode(_ bytes: [UInt8], for engine: Engine) throws -> (message: GossipMessage, unplaced: Int)
}
