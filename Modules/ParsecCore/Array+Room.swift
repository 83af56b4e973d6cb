extension Array {
    /// Makes room for one more element, if there is none, by a quarter of all: for columns that grow with a graph, which
    /// may have as much in reserve as they hold if they double.
    ///
    /// - Complexity: each element is copied five times as the array grows, in place of twice.
    @inlinable
    public mutating func makeRoomForOneMore() {
        if count == capacity { reserveCapacity(count + Swift.max(16, count / 4)) }
    }
}
