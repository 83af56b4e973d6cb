public import ParsecCore

/// Short names for peers whose identities are keys, for people to read.
///
/// A label is the shortest beginning, of four letters at least, that tells the peers' readable forms apart: `jwqp` for
/// `peer-jwqp2vil…`. Peers that have no readable form, such as those of simulations, are called what they are called.
public struct PeerLabels: Sendable {
    private struct Peer: Sendable {
        let id: PeerID
        let readable: String
        let label: String
    }

    /// By the two forms in which an identity is written: hexadecimal digits, as in dumps, and the readable one.
    private let byText: [String: Peer]
    private let peers: [Peer]

    public init(_ ids: some Sequence<PeerID>) {
        let readable = Set(ids).compactMap { id in ReadableID.text(of: PeerLabels.key(id)).map { (id, $0) } }
            .sorted { $0.1 < $1.1 }
        let names = readable.map { $0.1.dropFirst(ReadableID.prefix.count) }
        var length = 4
        while length < ReadableID.characterCount, Set(names.map { $0.prefix(length) }).count < names.count {
            length += 1
        }
        peers = zip(readable, names).map { Peer(id: $0.0, readable: $0.1, label: String($1.prefix(length))) }
        byText = Dictionary(peers.flatMap { [($0.id.description, $0), ($0.readable, $0)] }) { first, _ in first }
    }

    /// The bytes of a public key, of which dumps have the hexadecimal digits.
    private static func key(_ id: PeerID) -> PeerID {
        let digits = id.bytes.compactMap { Character(UnicodeScalar($0)).hexDigitValue.map(UInt8.init) }
        guard id.bytes.count == 64, digits.count == 64 else { return id }
        return PeerID(bytes: stride(from: 0, to: 64, by: 2).map { digits[$0] << 4 | digits[$0 + 1] })
    }

    /// The labels of the peers whose readable forms stand in a text.
    public init(in text: String) {
        var found: [PeerID] = []
        _ = PeerLabels.rewritten(text) { word in
            if let id = try? ReadableID.read(word) { found.append(id) }
            return nil
        }
        self.init(found)
    }

    /// The peers that have labels.
    public var labelled: [PeerID] { peers.map(\.id) }

    /// What a peer is called.
    public func label(of id: PeerID) -> String { byText[id.description]?.label ?? id.description }

    /// A text with the label for each identity in it.
    public func shortened(_ text: String) -> String { PeerLabels.rewritten(text) { byText[$0]?.label } }

    /// A text with the readable form for each identity in it.
    public func spelled(_ text: String) -> String { PeerLabels.rewritten(text) { byText[$0]?.readable } }

    /// The peer that is meant by a label, or by more of its readable form.
    public func peer(named name: String) -> PeerID? {
        let name = name.hasPrefix(ReadableID.prefix) ? name.dropFirst(ReadableID.prefix.count) : name[...]
        let meant = peers.filter { $0.readable.dropFirst(ReadableID.prefix.count).hasPrefix(name) }
        return name.isEmpty || meant.count != 1 ? nil : meant[0].id
    }

    /// The name of an event as dumps have it, from one whose peer goes by a label: `jwqp:27`, `peer-jwqp2vil:27,1`.
    public func eventName(_ name: String) -> String {
        guard let colon = name.lastIndex(of: ":"), let peer = peer(named: String(name[..<colon])) else { return name }
        return peer.description + name[colon...]
    }

    /// Replaces words of lower-case letters, digits and hyphens.
    private static func rewritten(_ text: String, _ replacement: (String) -> String?) -> String {
        var result = ""
        var word: [UInt8] = []
        func endWord() {
            guard !word.isEmpty else { return }
            let text = String(decoding: word, as: UTF8.self)
            // Identities are long, and most words are not.
            result += word.count < 60 ? text : replacement(text) ?? text
            word.removeAll(keepingCapacity: true)
        }
        for scalar in text.unicodeScalars {
            switch scalar {
            case "a"..."z", "0"..."9", "-": word.append(UInt8(scalar.value))
            default:
                endWord()
                result.unicodeScalars.append(scalar)
            }
        }
        endWord()
        return result
    }
}
