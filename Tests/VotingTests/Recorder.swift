import ParsecCore
import Synchronization

/// A digest function that keeps the bytes it was given last.
final class Recorder: DigestFunction {
    let kind = DigestKind.simulated
    private let last = Mutex<[UInt8]>([])

    var bytes: [UInt8] { last.withLock { $0 } }

    func digest(_ bytes: [UInt8]) -> Digest {
        last.withLock { $0 = bytes }
        return Digest(words: 0, 0, 0, 0)
    }
}
