/// What stores do now and then so that they take no more room than what they hold.
public protocol StoreUpkeep: Sendable {
    /// Gives back the room of content that nobody refers to any more. Reading and writing go on meanwhile, and it costs
    /// next to nothing when there is nothing to give back. A cancelled task gets back early with what is done so far.
    /// - Returns: octets of content freed; 0 also when the stores are at it already.
    /// - Throws: `.diskFull` when there is no room to move what stays; it is as before then. `.down`.
    func giveBackSpace() async throws(StoreFailure) -> Int
}
