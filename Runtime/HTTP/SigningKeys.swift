import Cryptography
import FunctionRuntime
import MailTypes
import Synchronization

/// Signing keys of a day, region and service, remembered: making one takes four codes, checking with it one.
///
/// A key is remembered together with the secret it was made of, and only once a signature made with it was right: nobody
/// without a secret fills the memory, and a secret that was changed is never checked against the former one's keys.
final class SigningKeys: Sendable {
    /// Keys remembered at once; past it all are forgotten and made again as they are used.
    private static let rememberedMax = 256

    private struct Scope: Hashable {
        let keyID: String
        let date: String
        let region: String
        let service: String
    }

    private struct Remembered {
        let secret: Secret<String>
        let key: HMACSHA256Key
    }

    private let remembered = Mutex<[Scope: Remembered]>([:])

    /// Nothing remembered yet.
    init() {}

    /// Keys remembered.
    var count: Int { remembered.withLock { $0.count } }

    /// The key of this claim's scope, and whether it was remembered.
    func key(of access: AccessKey, for claim: SignatureClaim) -> (key: HMACSHA256Key, isRemembered: Bool) {
        let scope = Self.scope(access, claim)
        if let known = remembered.withLock({ $0[scope] }),
            ConstantTime.equal(known.secret.reveal(), access.secret.reveal())
        {
            return (known.key, true)
        }
        let key = SignatureV4.signingKey(
            access.secret, date: claim.scopeDate, region: claim.region, service: claim.service)
        return (key, false)
    }

    /// Remembers a key that made the right signature.
    func remember(_ key: HMACSHA256Key, of access: AccessKey, for claim: SignatureClaim) {
        remembered.withLock { remembered in
            if remembered.count >= Self.rememberedMax { remembered = [:] }
            remembered[Self.scope(access, claim)] = Remembered(secret: access.secret, key: key)
        }
    }

    private static func scope(_ access: AccessKey, _ claim: SignatureClaim) -> Scope {
        Scope(keyID: access.id, date: claim.scopeDate, region: claim.region, service: claim.service)
    }
}
