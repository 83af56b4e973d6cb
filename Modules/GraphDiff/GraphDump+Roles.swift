import Consensus
public import GraphFormats
import MetaVoting
import ParsecCore

extension GraphDump {
    /// What events were to the elections, the closed ones and the open one, by position.
    ///
    /// An engine forgets what an election was like once it is closed, so that the events are replayed. Of a dump that
    /// cannot be replayed nothing is known.
    /// - Complexity: a replay of the events.
    public var roles: [Int: SVGWriter.Role] {
        var roles: [Int: SVGWriter.Role] = [:]
        func note(_ position: Int, _ role: SVGWriter.Role) {
            if roles[position]?.rawValue ?? -1 < role.rawValue { roles[position] = role }
        }
        func noteOpenElection(of replay: Replay) {
            let election = replay.agreement.election
            for event in election.interestingEvents { note(replay.position(of: event), .interesting) }
            for observer in election.observers { note(replay.position(of: observer.event), .observer) }
        }
        guard var replay = try? Replay(self, rules: (rules ?? .reference).protocolRules) else { return [:] }
        while let decision = try? replay.nextDecision() {
            noteOpenElection(of: replay)
            note(replay.position(of: decision.event), .deciding)
        }
        noteOpenElection(of: replay)
        return roles
    }
}
