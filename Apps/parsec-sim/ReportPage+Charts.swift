import Simulation

/// The charts of latencies and growth.
extension ReportPage {
    /// A chart's size and the ranges of its axes.
    private struct Frame {
        let width = 520
        let height = 240
        let left = 64
        let bottom = 34
        let mostX: Int
        let mostY: Int

        func x(_ value: Double) -> Double {
            Double(left) + Double(width - left - 14) * value / Double(max(1, mostX))
        }

        func y(_ value: Double) -> Double {
            Double(height - bottom) - Double(height - bottom - 16) * value / Double(max(1, mostY))
        }
    }

    /// Round numbers from 0 up, so many at most.
    static func ticks(upTo most: Int, most count: Int) -> [Int] {
        guard most > 0 else { return [0] }
        var step = 1
        while most / step > count {
            let digits = String(step)
            step = digits.first == "2" ? step / 2 * 5 : step * 2
        }
        return Array(stride(from: 0, through: most, by: step))
    }

    private func chart(_ title: String, _ frame: Frame, x: String, y: String, _ content: String) -> String {
        var svg = "<figure><figcaption>\(title)</figcaption>"
        svg += "<svg width=\"\(frame.width)\" height=\"\(frame.height)\" role=\"img\" aria-label=\"\(title)\">"
        for tick in ReportPage.ticks(upTo: frame.mostX, most: 6) {
            let place = ReportPage.decimal(frame.x(Double(tick)))
            let bottom = frame.height - frame.bottom
            svg += "<line class=\"axis\" x1=\"\(place)\" x2=\"\(place)\" y1=\"16\" y2=\"\(bottom)\"/>"
            svg += "<text class=\"faint\" x=\"\(place)\" y=\"\(bottom + 14)\" text-anchor=\"middle\">\(tick)</text>"
        }
        for tick in ReportPage.ticks(upTo: frame.mostY, most: 5) {
            let place = ReportPage.decimal(frame.y(Double(tick)))
            svg +=
                "<line class=\"axis\" x1=\"\(frame.left)\" x2=\"\(frame.width - 14)\" y1=\"\(place)\" y2=\"\(place)\"/>"
            svg +=
                "<text class=\"faint\" x=\"\(frame.left - 6)\" y=\"\(place)\" dy=\"4\" text-anchor=\"end\">\(tick)</text>"
        }
        svg +=
            "<text class=\"faint\" x=\"\(frame.width - 14)\" y=\"\(frame.height - 4)\" text-anchor=\"end\">\(x)</text>"
        svg += "<text class=\"faint\" x=\"4\" y=\"11\">\(y)</text>"
        return svg + content + "</svg></figure>"
    }

    // MARK: - Latencies

    var latencies: String {
        guard let latency = report.latency else { return "<p>Nothing that was voted for became a block.</p>" }
        return """
            <p>Over \(latency.samples) blocks at honest peers: median \(latency.medianMilliseconds) ms (\(latency.medianRounds) gossip
            rounds), 99th percentile \(latency.percentile99Milliseconds) ms (\(latency.percentile99Rounds)). A gossip round is
            \(simulation.scenario.gossip.interval) ms, the mean time between two requests of a peer.</p>
            <div class="charts">
            \(histogram)
            \(latencyOverTime)
            </div>
            """
    }

    private var histogram: String {
        let samples = simulation.latency.samples
        let most = max(1, samples.last?.duration ?? 1)
        let binCount = 26
        var bins = [Int](repeating: 0, count: binCount)
        for sample in samples { bins[min(binCount - 1, sample.duration * binCount / most)] += 1 }
        let frame = Frame(mostX: most, mostY: bins.max() ?? 1)
        var svg = ""
        for (bin, count) in bins.enumerated() where count > 0 {
            let from = Double(bin) * Double(most) / Double(binCount)
            let to = Double(bin + 1) * Double(most) / Double(binCount)
            let top = frame.y(Double(count))
            svg +=
                "<rect class=\"bar\" x=\"\(ReportPage.decimal(frame.x(from) + 0.5))\" y=\"\(ReportPage.decimal(top))\" "
            svg += "width=\"\(ReportPage.decimal(frame.x(to) - frame.x(from) - 1))\" "
            svg += "height=\"\(ReportPage.decimal(frame.y(0) - top))\">"
            svg += "<title>\(count) blocks after \(Int(from)) to \(Int(to)) ms</title></rect>"
        }
        return chart("How often which latency", frame, x: "ms from vote to block", y: "blocks", svg)
    }

    private var latencyOverTime: String {
        let samples = simulation.latency.samples
        let frame = Frame(mostX: max(1, samples.map(\.vote).max() ?? 1), mostY: max(1, samples.last?.duration ?? 1))
        var svg = ""
        var used: Set<Int> = []
        for sample in samples {
            let (x, y) = (frame.x(Double(sample.vote)), frame.y(Double(sample.duration)))
            guard used.insert(Int(x / 2) << 16 | Int(y / 2)).inserted else { continue }
            svg += "<circle class=\"dot\" r=\"2.5\" cx=\"\(ReportPage.decimal(x))\" cy=\"\(ReportPage.decimal(y))\"/>"
        }
        return chart("Latency by the time of the vote", frame, x: "ms since the beginning", y: "ms to the block", svg)
    }

    // MARK: - Growth

    var growth: String {
        "<div class=\"charts\">"
            + curve("Events in the largest graph", y: "events") { $0.largest }
            + curve("Agreed blocks", y: "blocks") { $0.blocks } + "</div>"
    }

    private func curve(_ title: String, y: String, _ value: (Simulation.GrowthSample) -> Int) -> String {
        let samples = simulation.counts.growth
        let frame = Frame(mostX: samples.last?.time ?? 1, mostY: samples.map(value).max() ?? 1)
        // At most one point for every pixel.
        let stride = max(1, samples.count / frame.width)
        let shown = samples.indices.filter { $0 % stride == 0 || $0 == samples.count - 1 }
        let points = shown.map { index in
            let point = samples[index]
            let (x, y) = (frame.x(Double(point.time)), frame.y(Double(value(point))))
            return "\(ReportPage.decimal(x)),\(ReportPage.decimal(y))"
        }
        let line = "<polyline class=\"series\" points=\"\(points.joined(separator: " "))\"/>"
        return chart(title, frame, x: "ms since the beginning", y: y, line)
    }
}
