import Consensus
public import Voting

/// A store in memory, for tests and for nodes that may forget.
public actor MemoryStore: Store {
    private var record: NodeRecord?
    private var events: [GossipEvent] = []
    private var blocks: [Block] = []
    private var snapshot: ApplicationSnapshot?

    public init() {}

    public func load() throws(StoreError) -> StoreContents? {
        record.map { StoreContents(record: $0, events: events, blockCount: blocks.count, snapshot: snapshot) }
    }

    public func begin(_ record: NodeRecord) throws(StoreError) {
        if let known = self.record, known != record { throw .foreign("it is the store of \(known.id)") }
        self.record = record
    }

    public func append(_ batch: StoreBatch) throws(StoreError) {
        for (offset, block) in batch.blocks.enumerated() where block.number != blocks.count + offset {
            throw .gap(expected: blocks.count + offset, found: block.number)
        }
        events += batch.events
        blocks += batch.blocks
        snapshot = batch.snapshot ?? snapshot
    }

    public func blocks(from number: Int, count: Int) throws(StoreError) -> [Block] {
        guard number >= 0, number < blocks.count, count > 0 else { return [] }
        return Array(blocks[number..<min(blocks.count, number + min(count, blocks.count))])
    }

    public func close() throws(StoreError) {}
}
