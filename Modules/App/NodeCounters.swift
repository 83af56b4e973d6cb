import CoreMetrics

/// What a node counts, for whichever backend of swift-metrics the program has set up.
struct NodeCounters: Sendable {
    let events = Counter(label: "parsec_events")
    let blocks = Counter(label: "parsec_blocks")
    let receivedBytes = Counter(label: "parsec_received_bytes")
    let sentBytes = Counter(label: "parsec_sent_bytes")
    let refusedEvents = Counter(label: "parsec_refused_events")
    let submissions = Counter(label: "parsec_submissions")
    let refusedSubmissions = Counter(label: "parsec_refused_submissions")
    let queued = Gauge(label: "parsec_queued_payloads")
}
