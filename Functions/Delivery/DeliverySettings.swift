import FunctionRuntime
import MailTypes

/// What delivery is told by the template.
public struct DeliverySettings: Sendable {
    /// The server's name: who reports in a DSN (RFC 3464 §2.2.2).
    public var hostname: String
    /// When a delivery that could not be made is tried again.
    public var retry: RetrySchedule
    /// How long it is tried before the sender is told (RFC 5321 §4.5.4.1).
    public var lifetime: Duration

    /// Settings; what is left out has the standard's value.
    public init(hostname: String, retry: RetrySchedule = RetrySchedule(), lifetime: Duration = .seconds(5 * 86400)) {
        (self.hostname, self.retry, self.lifetime) = (hostname, retry, lifetime)
    }
}
