import FunctionRuntime
import MailTypes

/// Decides whether somebody is who they say they are, by password.
///
/// Unknown users, disabled users and wrong passwords get the same answer after the same work (reference/faults.md F78).
public struct Login: Handler {
    /// Compares a password with a stored hash, on threads kept for such slow work.
    public typealias Verify = @Sendable (_ password: Secret<String>, _ hash: Secret<String>) async -> Bool
    /// A keyed digest under a key that only this process has.
    public typealias Digest = @Sendable (Octets) -> Octets

    /// Octets of a user name, and of a password, that are looked at.
    static let limitOctets = 1024

    let directory: any AccountDirectory
    let decoy: Secret<String>
    let memory: LoginMemory
    let verify: Verify
    let digest: Digest

    /// Needs the directory (to read), a hash that no password matches, and the two secrets' work.
    public init(
        directory: any AccountDirectory, decoy: Secret<String>, memory: LoginMemory, verify: @escaping Verify,
        digest: @escaping Digest
    ) {
        self.directory = directory
        self.decoy = decoy
        self.memory = memory
        self.verify = verify
        self.digest = digest
    }

    public func handle(_ event: LoginAttempt, in context: Context) async throws -> LoginVerdict {
        let password = event.password.reveal()
        let log = context.log.with(
            .peer(event.peer), .other("protocol", event.protocolName), .other("user", event.user))
        let network = NetworkPrefix(event.peer.host)
        let account = String(event.user.prefix(320)).asciiLowercased
        if let seconds = memory.admit(account, from: network, at: context.steady) {
            context.decide("later", because: "too many failures for this account or from this network")
            log.warning("login.slowed", .code("too-many-failures"), .other("seconds", String(seconds)))
            return .later(seconds: seconds)
        }
        // An empty password asks some directories for an anonymous bind, a NUL ends a string early in C (F79).
        guard !password.isEmpty, password.utf8.count <= Self.limitOctets, !password.utf8.contains(0),
            event.user.utf8.count <= Self.limitOctets, !event.user.utf8.contains(0)
        else { return denied(because: "no usable password", log, in: context) }

        let found = Address(event.user) == nil ? nil : try await stored(event.user)
        let proof = digest(Self.proof(of: account, password, found?.hash.reveal() ?? ""))
        let isKnown = found != nil && memory.isVerified(proof, at: context.steady)
        let isRight = isKnown ? true : await verify(event.password, found?.hash ?? decoy)
        guard isRight, let found else { return denied(because: "wrong user or password", log, in: context) }
        guard try await directory.organization(found.entity.organization)?.state == "Active" else {
            return denied(because: "the organization is not active", log, in: context)
        }
        memory.remember(proof, at: context.steady)
        memory.succeed(account, from: network, at: context.steady)
        context.decide("granted", because: isKnown ? "verified a short while ago" : "the password is right")
        log.info("login.granted", .entity(found.entity.id), .organization(found.entity.organization))
        return .granted(found.entity)
    }

    private func stored(_ user: String) async throws(StoreFailure) -> (entity: Entity, hash: Secret<String>)? {
        guard let address = Address(user) else { return nil }
        return try await directory.passwordHash(of: address)
    }

    private func denied(because reason: String, _ log: Log, in context: Context) -> LoginVerdict {
        context.decide("denied", because: reason)
        log.info("login.denied", .code("wrong-credentials"), .reason(reason))
        return .denied
    }

    /// The three parts with their lengths, so that no two different triples read the same.
    private static func proof(of account: String, _ password: String, _ hash: String) -> Octets {
        var octets: Octets = []
        for part in [account, password, hash] {
            octets += "\(part.utf8.count):".utf8
            octets += part.utf8
        }
        return octets
    }
}
