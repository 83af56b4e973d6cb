import Simulation
public import ParsecCore
public import Voting

/// Computes a digest that is good enough for the models: a fixed function of the observation, not a cryptographic one.
public func modelDigest(_ observation: Observation) -> Digest {
    var writer = ByteWriter()
    write(observation, into: &writer)
    var lanes: [UInt64] = [0x6A09_E667, 0xBB67_AE85, 0x3C6E_F372, 0xA54F_F53A]
    for (position, byte) in writer.bytes.enumerated() {
        for lane in lanes.indices {
            lanes[lane] = (lanes[lane] ^ UInt64(byte) ^ UInt64(position) << 8) &* 0x100_0000_01B3 &+ UInt64(lane)
        }
    }
    for lane in lanes.indices {
        var source = SeededGenerator(seed: lanes[lane])
        lanes[lane] = source.next()
    }
    return Digest(words: lanes[0], lanes[1], lanes[2], lanes[3])
}

private func write(_ observation: Observation, into writer: inout ByteWriter) {
    switch observation {
    case .genesis(let group, let info):
        writer.write(UInt8(0))
        write(group, into: &writer)
        writer.write(info)
    case .add(let peer, let info):
        writer.write(UInt8(1))
        writer.write(peer)
        writer.write(info)
    case .remove(let peer, let info):
        writer.write(UInt8(2))
        writer.write(peer)
        writer.write(info)
    case .accusation(let offender, let malice):
        writer.write(UInt8(3))
        writer.write(offender)
        write(malice, into: &writer)
    case .opaque(let bytes):
        writer.write(UInt8(4))
        writer.write(bytes)
    case .keyGeneration(.start(let participants)):
        writer.write(UInt8(5))
        write(participants, into: &writer)
    case .keyGeneration(.part(let bytes)):
        writer.write(UInt8(6))
        writer.write(bytes)
    case .keyGeneration(.acknowledgement(let bytes)):
        writer.write(UInt8(7))
        writer.write(bytes)
    }
}

private func write(_ group: [PeerID], into writer: inout ByteWriter) {
    writer.write(count: group.count)
    for peer in group { writer.write(peer) }
}

private func write(_ malice: Malice, into writer: inout ByteWriter) {
    switch malice {
    case .fork(let digest):
        writer.write(UInt8(0))
        writer.write(digest)
    case .invalidAccusation(let digest):
        writer.write(UInt8(1))
        writer.write(digest)
    case .accomplice(let digest, let inner):
        writer.write(UInt8(2))
        writer.write(digest)
        write(inner, into: &writer)
    case .other(let code, let evidence):
        writer.write(UInt8(3))
        writer.write(code)
        writer.write(evidence)
    case .shown(let offence):
        writer.write(UInt8(4))
        writer.write(offence.rawValue)
    }
}
