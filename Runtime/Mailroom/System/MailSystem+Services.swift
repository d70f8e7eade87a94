import AWSWire
import FunctionRuntime
import MailTypes
import Stores

extension MailSystem {
    /// Where ARNs of this system point.
    var place: ServicePlace { ServicePlace(region: settings.region, account: settings.account) }

    /// An access key by its id: temporary ones first, which never touch a store.
    func accessKey(_ id: String) async throws -> AccessKey? {
        if let session = sessionKeys.session(id) { return session.key }
        return try await stores.accessKey(id)
    }
}
