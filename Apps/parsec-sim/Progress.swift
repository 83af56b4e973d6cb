import Foundation
import Simulation

/// Shows on a terminal how far a simulation is; elsewhere nothing.
struct Progress {
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let start = ContinuousClock.now

    func show(_ simulation: borrowing Simulation) {
        guard isTerminal else { return }
        let text = "\r\(simulation.now) ms, \(simulation.agreedBlocks.count) blocks "
        FileHandle.standardError.write(Data(text.utf8))
    }

    /// Clears the line and says how long it took.
    func end() {
        guard isTerminal else { return }
        let seconds = String(format: "%.2f", (ContinuousClock.now - start) / .seconds(1))
        FileHandle.standardError.write(Data("\r\u{1B}[Ksimulated in \(seconds) s\n".utf8))
    }
}
