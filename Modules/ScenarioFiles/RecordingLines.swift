import Consensus
import Foundation
import GossipGraph
import ParsecCore
import Simulation
import Voting

extension RecordingFile {
    /// The first line: what the network agreed on from the start.
    struct Header: Codable {
        let format: String
        let name: String
        let seed: UInt64
        let mode: String
        let genesis: [String]
        let info: String
        let eventsPerMessage: Int?

        init(_ recording: Recording) {
            format = RecordingFile.format
            name = recording.name
            seed = recording.seed
            mode = recording.network.mode.rawValue
            genesis = recording.network.genesis.map(\.description)
            info = Data(recording.network.info).base64EncodedString()
            let bound = recording.limits.eventsPerMessage
            eventsPerMessage = bound == EngineLimits().eventsPerMessage ? nil : bound
        }

        func recording(line: Int) throws(Fault) -> Recording {
            guard format == RecordingFile.format else {
                throw Fault(line: line, message: "expected the format \(RecordingFile.format), found \(format)")
            }
            guard let mode = ConsensusMode(rawValue: mode) else {
                throw Fault(line: line, message: "expected the mode supermajority or single, found \(mode)")
            }
            guard let info = Data(base64Encoded: info) else {
                throw Fault(line: line, message: "info is not in base 64")
            }
            let network = Network(genesis: genesis.map { PeerID($0) }, info: Array(info), mode: mode)
            var limits = EngineLimits()
            if let eventsPerMessage { limits.eventsPerMessage = max(1, eventsPerMessage) }
            return Recording(network: network, limits: limits, name: name, seed: seed)
        }
    }

    /// A line about an event, or about an action.
    enum AnyLine: Decodable {
        case event(EventLine)
        case action(ActionLine)

        private enum Keys: String, CodingKey { case creator }

        init(from decoder: any Decoder) throws {
            let isEvent = try decoder.container(keyedBy: Keys.self).contains(.creator)
            self = isEvent ? .event(try EventLine(from: decoder)) : .action(try ActionLine(from: decoder))
        }
    }

    /// An event that a message brings; its number is the number of such lines before it.
    struct EventLine: Codable {
        let creator: String
        let selfParent: String?
        let kind: String
        let recipient: String?
        let otherParent: String?
        let votes: [VoteLine]?
        let signature: String

        init(_ event: GossipEvent) {
            creator = event.creator.description
            selfParent = event.selfParent?.description
            signature = Data(event.signature.bytes).base64EncodedString()
            var (recipient, otherParent): (String?, String?)
            var votes: [VoteLine]?
            switch event.cause {
            case .initial: kind = "initial"
            case .requesting(let peer):
                kind = "requesting"
                recipient = peer.description
            case .request(let parent):
                kind = "request"
                otherParent = parent.description
            case .response(let parent):
                kind = "response"
                otherParent = parent.description
            case .observation(let observations):
                kind = "observation"
                votes = observations.map(VoteLine.init)
            }
            (self.recipient, self.otherParent, self.votes) = (recipient, otherParent, votes)
        }

        func event(line: Int) throws(Fault) -> GossipEvent {
            func digest(_ text: String?, _ key: String) throws(Fault) -> Digest {
                guard let digest = text.flatMap({ Digest(hexadecimal: $0) }) else {
                    throw Fault(line: line, message: "\(key): expected 64 hexadecimal digits")
                }
                return digest
            }
            let cause: GossipEvent.Cause
            switch kind {
            case "initial": cause = .initial
            case "requesting":
                guard let recipient else { throw Fault(line: line, message: "recipient: expected a name") }
                cause = .requesting(recipient: PeerID(recipient))
            case "request": cause = .request(otherParent: try digest(otherParent, "otherParent"))
            case "response": cause = .response(otherParent: try digest(otherParent, "otherParent"))
            case "observation":
                var observations: [Observation] = []
                for vote in votes ?? [] { observations.append(try vote.observation(line: line)) }
                cause = .observation(observations)
            default: throw Fault(line: line, message: "kind: expected a kind of event, found \(kind)")
            }
            guard let bytes = Data(base64Encoded: signature), let signature = Signature(bytes: Array(bytes)) else {
                throw Fault(line: line, message: "signature: expected 64 bytes in base 64")
            }
            return GossipEvent(
                creator: PeerID(creator),
                selfParent: selfParent == nil ? nil : try digest(selfParent, "selfParent"),
                cause: cause,
                signature: signature
            )
        }
    }

    /// One observation that is voted for; exactly one of its keys is there.
    struct VoteLine: Codable {
        var genesis: [String]?
        var add: String?
        var remove: String?
        var opaque: String?
        var accuse: String?
        var offence: String?
        var info: String?

        init(_ observation: Observation) {
            func base64(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }
            switch observation {
            case .genesis(let group, let bytes):
                genesis = group.map(\.description)
                info = base64(bytes)
            case .add(let peer, let bytes):
                add = peer.description
                info = base64(bytes)
            case .remove(let peer, let bytes):
                remove = peer.description
                info = base64(bytes)
            case .opaque(let bytes): opaque = base64(bytes)
            case .accusation(let peer, .shown(let shown)):
                accuse = peer.description
                offence = shown.description
            // Simulated peers vote for nothing else.
            case .accusation, .keyGeneration: break
            }
        }

        func observation(line: Int) throws(Fault) -> Observation {
            func bytes(_ text: String, _ key: String) throws(Fault) -> [UInt8] {
                guard let data = Data(base64Encoded: text) else {
                    throw Fault(line: line, message: "\(key): expected base 64")
                }
                return Array(data)
            }
            let info = try bytes(info ?? "", "info")
            switch (genesis, add, remove, opaque, accuse) {
            case (nil, nil, nil, nil, let peer?):
                guard let shown = Offence.allCases.first(where: { $0.description == offence }) else {
                    throw Fault(line: line, message: "offence: expected the name of an offence")
                }
                return .accusation(offender: PeerID(peer), malice: .shown(shown))
            case (let group?, nil, nil, nil, nil): return .genesis(group: group.map { PeerID($0) }, info: info)
            case (nil, let peer?, nil, nil, nil): return .add(PeerID(peer), info: info)
            case (nil, nil, let peer?, nil, nil): return .remove(PeerID(peer), info: info)
            case (nil, nil, nil, let payload?, nil): return .opaque(try bytes(payload, "opaque"))
            default: throw Fault(line: line, message: "votes: expected genesis, add, remove, opaque or accuse")
            }
        }
    }

    /// Something that was done to an engine.
    struct ActionLine: Codable {
        enum Name: String, Codable {
            case start, vote, gossip, request, response, part, progress, restart, fork, lie, conceal, connect
        }

        let time: Int
        let peer: String
        let instance: Int
        let action: Name
        var contacts: [String]?
        var votes: [VoteLine]?
        var other: String?
        var brings: [Int]?
        var tips: [String]?

        /// The kind and other-parent of a liar's event.
        var kind: String?
        var otherParent: String?
        var keptSteps: Int?
        let events: Int
        let blocks: Int

        init(_ entry: Recording.Entry, events eventNumbers: [Int]?) {
            (time, peer, instance) = (entry.time, entry.peer.description, entry.instance)
            (events, blocks) = (entry.events, entry.blocks)
            switch entry.action {
            case .start(let known):
                action = .start
                contacts = known?.map(\.description)
            case .call(.vote(let observations)):
                action = .vote
                votes = observations.map(VoteLine.init)
            case .call(.gossip(let recipient)):
                action = .gossip
                other = recipient.description
            case .call(.conceal): action = .conceal
            case .call(.connect(let peer)):
                action = .connect
                other = peer.description
            case .call(.lie(let cause)):
                action = .lie
                kind = "\(cause.kind)"
                otherParent = cause.otherParent?.description
                votes = cause.observations.isEmpty ? nil : cause.observations.map(VoteLine.init)
            case .call(.receive(let message, let sender)):
                action =
                    switch message.kind {
                    case .request: .request
                    case .response: .response
                    case .part: .part
                    case .progress: .progress
                    }
                other = sender.description
                brings = eventNumbers
                tips = message.tips.isEmpty ? nil : message.tips.map(\.description)
            case .restart(let kept):
                action = .restart
                keptSteps = kept
            case .fork: action = .fork
            }
        }

        func entry(events known: [GossipEvent], line: Int) throws(Fault) -> Recording.Entry {
            func partner() throws(Fault) -> PeerID {
                guard let other else { throw Fault(line: line, message: "other: expected a name") }
                return PeerID(other)
            }
            let action: Recording.Action
            switch self.action {
            case .start: action = .start(contacts: contacts?.map { PeerID($0) })
            case .vote:
                var observations: [Observation] = []
                for vote in votes ?? [] { observations.append(try vote.observation(line: line)) }
                action = .call(.vote(observations))
            case .gossip: action = .call(.gossip(to: try partner()))
            case .conceal: action = .call(.conceal)
            case .connect: action = .call(.connect(to: try partner()))
            case .lie:
                var observations: [Observation] = []
                for vote in votes ?? [] { observations.append(try vote.observation(line: line)) }
                switch (kind, otherParent.flatMap { Digest(hexadecimal: $0) }) {
                case ("observation", nil): action = .call(.lie(.observation(observations)))
                case ("request", let parent?): action = .call(.lie(.request(otherParent: parent)))
                case ("response", let parent?): action = .call(.lie(.response(otherParent: parent)))
                default: throw Fault(line: line, message: "kind: expected observation, request or response")
                }
            case .request, .response, .part, .progress:
                let numbers = brings ?? []
                guard numbers.allSatisfy(known.indices.contains) else {
                    throw Fault(line: line, message: "brings: expected numbers of events in lines before this one")
                }
                let kind: GossipMessage.Kind =
                    switch self.action {
                    case .request: .request
                    case .part: .part
                    case .progress: .progress
                    default: .response
                    }
                let digests = (tips ?? []).compactMap { Digest(hexadecimal: $0) }
                guard digests.count == tips?.count ?? 0 else {
                    throw Fault(line: line, message: "tips: expected 64 hexadecimal digits each")
                }
                let message = GossipMessage(kind: kind, events: numbers.map { known[$0] }, tips: digests)
                action = .call(.receive(message, from: try partner()))
            case .restart:
                guard let keptSteps else { throw Fault(line: line, message: "keptSteps: expected a number") }
                action = .restart(keptSteps: keptSteps)
            case .fork: action = .fork
            }
            return Recording.Entry(
                time: time,
                peer: PeerID(peer),
                instance: instance,
                action: action,
                events: events,
                blocks: blocks
            )
        }
    }
}
