import ParsecCore

/// The names of simulated peers.
enum PeerName {
    private static let first = [
        "Alice", "Bob", "Carol", "Dave", "Eric", "Fred", "Gina", "Hank", "Iris", "Judy", "Kent", "Lucy", "Mike", "Nina",
        "Oran", "Paul", "Quin", "Rose", "Stan", "Tina", "Ulf", "Vera", "Will", "Xaviera", "Yakov", "Zaida",
    ]

    /// The first names of the list, then numbered ones.
    static func list(count: Int) -> [PeerID] {
        (0..<count).map { PeerID($0 < first.count ? first[$0] : "Peer\($0)") }
    }
}
