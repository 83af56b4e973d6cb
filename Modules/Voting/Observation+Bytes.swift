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
        case .shown(let offence):
            writer.write(4 as UInt8)
            writer.write(offence.rawValue)
        }
    }
}

extension Observation {
    /// The number of bytes of the observation as it is digested.
    ///
    /// - Complexity: the number of peers it names; its bytes are not copied.
    public var byteCount: Int {
        switch self {
        case .genesis(let group, let info): group.reduce(9 + info.count) { $0 + 4 + $1.bytes.count }
        case .add(let peer, let info), .remove(let peer, let info): 9 + peer.bytes.count + info.count
        case .accusation(let offender, let malice): 5 + offender.bytes.count + malice.byteCount
        case .opaque(let payload): 5 + payload.count
        case .keyGeneration(.start(let participants)): participants.reduce(5) { $0 + 4 + $1.bytes.count }
        case .keyGeneration(.part(let message)), .keyGeneration(.acknowledgement(let message)): 5 + message.count
        }
    }
}

extension Malice {
    var byteCount: Int {
        switch self {
        case .fork, .invalidAccusation: 1 + Digest.byteCount
        case .accomplice(_, let malice): 1 + Digest.byteCount + malice.byteCount
        case .other(_, let evidence): 6 + evidence.count
        case .shown: 2
        }
    }
}
