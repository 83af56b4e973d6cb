public import Simulation

extension SeededGenerator {
    /// Draws true with the given number of chances in a hundred.
    public mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
}
