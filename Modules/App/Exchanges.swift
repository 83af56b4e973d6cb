import ParsecCore

/// Which exchanges are under way, and with whom one waits after some that failed.
struct Exchanges: Sendable {
    private struct Attempt {
        var until: ContinuousClock.Instant
        var timeout: Duration
    }

    private var attempts: [PeerID: Attempt] = [:]

    /// The number of exchanges whose answer is awaited.
    func count(at now: ContinuousClock.Instant) -> Int { attempts.values.count { $0.until > now } }

    func isFree(_ peer: PeerID, at now: ContinuousClock.Instant) -> Bool {
        attempts[peer].map { $0.until <= now } ?? true
    }

    /// Whether the last exchange with a peer was begun, or its frame refused, and no answer has come since.
    func isUnanswered(_ peer: PeerID) -> Bool { attempts[peer] != nil }

    mutating func begin(_ peer: PeerID, _ settings: NodeSettings, _ now: ContinuousClock.Instant) {
        // An attempt that is still there was never answered.
        let timeout = attempts[peer].map { min($0.timeout * 2, settings.longestExchangeTimeout) }
        let next = timeout ?? settings.exchangeTimeout
        attempts[peer] = Attempt(until: now + next, timeout: next)
    }

    mutating func answered(_ peer: PeerID) { attempts[peer] = nil }

    /// A frame could not be sent, so that no answer comes.
    mutating func failed(_ peer: PeerID, _ settings: NodeSettings, _ now: ContinuousClock.Instant) {
        let timeout = attempts[peer]?.timeout ?? settings.exchangeTimeout
        attempts[peer] = Attempt(until: now + timeout, timeout: timeout)
    }
}
