import FunctionRuntime
import MailTypes

/// Where the master key lives: a file by default, a key service where there is one. The stores ask at start and when the
/// master key is rotated.
public protocol MasterKeySource: Sendable {
    /// The keys there are, the current one first; a second one comes from a rotation that was cut off. Empty at first start.
    func load() throws(StoreFailure) -> [Secret<Octets>]
    /// Makes a key of 32 octets durable beside the current one, or as the current one when there is none.
    func prepare(_ key: Secret<Octets>) throws(StoreFailure)
    /// Makes this key, which is there already, the current one and forgets all others.
    func keepOnly(_ key: Secret<Octets>) throws(StoreFailure)
}
