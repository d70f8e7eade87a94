import FunctionRuntime
import MailTypes

/// The jobs that a change of an object leads to: one for each of the bucket's notifications that names a function. They
/// are durable with the change itself.
public struct BucketNotifications: ObjectEvents {
    private let account: String
    private let random: any RandomSource

    /// Notifications of buckets of this account.
    public init(account: String, random: any RandomSource) { (self.account, self.random) = (account, random) }

    public func jobs(for event: ObjectEvent) -> [Job] {
        event.notifications.filter { $0.kind == .function }.map { notification in
            let call = FunctionTriggerEvent.objects(
                function: notification.target, bucket: event.bucket.name, account: account,
                payload: event.json(configurationID: notification.id))
            return Job(
                id: random.identifier(at: event.at), function: FunctionTriggerEvent.handler, event: call.octets,
                createdAt: event.at)
        }
    }
}
