import AWSWire
import FunctionRuntime
import MailTypes
import Stores

extension MailSystem {
    /// Where ARNs of this system point.
    var place: ServicePlace { ServicePlace(region: settings.region, account: settings.account) }

    /// An access key by its id: temporary ones first, which never touch a store.
    func accessKey(_ id: String) async throws -> AccessKey? {
        if var key = sessionKeys.session(id)?.key {
            // Whoever checks it goes by the calendar.
            key.expiresAt = key.expiresAt.map { $0 + (time.now() - time.steady()) }
            return key
        }
        return try await stores.accessKey(id)
    }
}
