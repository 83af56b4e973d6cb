import Foundation
import Simulation

/// Shows on a terminal how far a simulation is; elsewhere nothing.
struct Progress {
    private let isTerminal = isatty(STDERR_FILENO) == 1

    func show(_ simulation: borrowing Simulation) {
        guard isTerminal, simulation.round % 10 == 0 else { return }
        let text = "\rround \(simulation.round), \(simulation.agreedBlocks.count) blocks "
        FileHandle.standardError.write(Data(text.utf8))
    }

    /// Clears the line.
    func end() {
        guard isTerminal else { return }
        FileHandle.standardError.write(Data("\r\u{1B}[K".utf8))
    }
}
