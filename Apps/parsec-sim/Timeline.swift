import ParsecCore
import Simulation
import Voting

/// What happened in a run, as lines of text.
enum Timeline {
    static func lines(_ happenings: [TimedHappening]) -> [String] {
        happenings.map { entry in
            let time = String(entry.time)
            return String(repeating: " ", count: max(0, 8 - time.count)) + time + "  " + text(entry.happening)
        }
    }

    static func text(_ happening: Happening) -> String {
        switch happening {
        case .started(let peer): "\(peer) starts"
        case .voted(let peer, let observations):
            "\(peer) votes for " + observations.map(\.summary).joined(separator: ", ")
        case .block(let peer, let block): "\(peer) has block \(block.number): \(block.observation.summary)"
        case .joined(let peer): "\(peer) is a member now"
        case .left(let peer): "\(peer) is no member any more"
        case .crashed(let peer): "\(peer) crashes"
        case .restarted(let peer): "\(peer) restarts"
        case .forked(let peer): "\(peer) begins to show different events to different peers"
        case .faultBegan(let fault): "fault begins: \(fault.summary)"
        case .faultEnded(let fault): "fault ends: \(fault.summary)"
        case .sent(let from, let to, let traffic): "\(from) sends \(to) \(text(traffic))"
        case .lost(let from, let to, let traffic): "\(from) sends \(to) \(text(traffic)), which is lost"
        case .refused(let peer, let reason): "\(peer) refuses a message: \(reason)"
        case .settled: "everything is decided"
        case .quiet: "the network is quiet"
        case .violated(let violation): "violated: \(violation)"
        }
    }

    private static func text(_ traffic: Traffic) -> String {
        switch traffic {
        case .request(let events): "a request with \(events) events"
        case .response(let events): "a response with \(events) events"
        case .part(let events): "a part with \(events) events"
        case .progress: "how far it has come"
        case .heartbeat: "a heartbeat"
        case .greeting: "a greeting"
        }
    }
}
