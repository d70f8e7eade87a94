import FunctionRuntime
import MailTypes

extension SQLiteStores: StoreUpkeep {
    /// The share of a segment that must be dead for this: at most two octets are copied for each that is freed.
    private static let upkeepShare = 1.0 / 3
    /// Dead octets that are not worth a move.
    private static let upkeepOctets = 1 << 20

    /// Compacts segments earlier than they ask for it by themselves, and cuts the write-ahead log to nothing. What is worth
    /// emptying is known in memory: when nothing is, no row and no file is read.
    public func giveBackSpace() async throws(StoreFailure) -> Int {
        let freed = try await compaction(deadShare: Self.upkeepShare, deadOctets: Self.upkeepOctets).octets
        try await writer.cutLog()
        return freed
    }
}
