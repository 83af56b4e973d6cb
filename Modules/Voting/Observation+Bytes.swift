public import ParsecCore

extension Observation {
    /// Writes the observation so that different observations give different bytes.
    public func write(to writer: inout ByteWriter) {
        switch self {
        case .genesis(let group, let info):
            writer.write(0 as UInt8)
            writer.write(count: group.count)
            for peer in group { writer.write(peer) }
            writer.write(info)
        case .add(let peer, let info):
            writer.write(1 as UInt8)
            writer.write(peer)
            writer.write(info)
        case .remove(let peer, let info):
            writer.write(2 as UInt8)
            writer.write(peer)
            writer.write(info)
        case .accusation(let offender, let malice):
            writer.write(3 as UInt8)
            writer.write(offender)
            malice.write(to: &writer)
        case .opaque(let payload):
            writer.write(4 as UInt8)
            writer.write(payload)
        case .keyGeneration(.start(let participants)):
            writer.write(5 as UInt8)
            writer.write(count: participants.count)
            for peer in participants { writer.write(peer) }
        case .keyGeneration(.part(let message)):
            writer.write(6 as UInt8)
            writer.write(message)
        case .keyGeneration(.acknowledgement(let message)):
            writer.write(7 as UInt8)
            writer.write(message)
        }
    }
}

extension Malice {
    func write(to writer: inout ByteWriter) {
        switch self {
        case .fork(let selfParent):
            writer.write(0 as UInt8)
            writer.write(selfParent)
        case .invalidAccusation(let event):
            writer.write(1 as UInt8)
            writer.write(event)
        case .accomplice(let event, let malice):
            writer.write(2 as UInt8)
            writer.write(event)
            malice.write(to: &writer)
        case .other(let code, let evidence):
            writer.write(3 as UInt8)
            writer.write(code)
            writer.write(evidence)
        }
    }
}
