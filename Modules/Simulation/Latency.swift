/// How long it takes from the first vote for a payload until peers have it as a block.
public struct Latency: Hashable, Sendable {
    /// One payload at one peer.
    public struct Sample: Hashable, Sendable {
        /// When the first peer voted for the payload, in virtual milliseconds.
        public let vote: Int

        /// When the peer handed out the block.
        public let block: Int

        /// The number of the block.
        public let number: Int

        public var duration: Int { block - vote }
    }

    /// The samples, in the order of their durations.
    public let samples: [Sample]

    public init(_ samples: [Sample]) {
        self.samples = samples.sorted { ($0.duration, $0.block, $0.number) < ($1.duration, $1.block, $1.number) }
    }

    /// The duration that a share of the samples does not exceed, in virtual milliseconds; nil without samples.
    ///
    /// - Parameter share: from 0 to 1, such as 0.5 for the median.
    public func duration(ofShare share: Double) -> Int? {
        guard !samples.isEmpty else { return nil }
        let rank = Int((share * Double(samples.count)).rounded(.up))
        return samples[min(max(rank, 1), samples.count) - 1].duration
    }
}

extension Simulation {
    /// How long payloads and changes of members took to become blocks, at each honest peer that was there when the
    /// first peer voted for them.
    public var latency: Latency {
        var samples: [Latency.Sample] = []
        for plan in plans {
            guard let number = plan.block, let vote = plan.votes.values.min() else { continue }
            for peer in peers where peer.isHonest && peer.start <= vote && number < peer.blocks.count {
                samples.append(Latency.Sample(vote: vote, block: peer.blockTimes[number], number: number))
            }
        }
        return Latency(samples)
    }
}
