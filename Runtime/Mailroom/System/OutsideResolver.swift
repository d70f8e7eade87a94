import FunctionRuntime
import MailTypes
import Synchronization
import Transport

/// The DNS as mail to other servers asks it. The library starts with the first question: a system that sends nothing keeps
/// no thread and no cache for it.
final class OutsideResolver: Resolver {
    /// Servers that are asked instead of recursing from the root; empty for none.
    let nameservers: [String]
    private let loops: EventLoopGroup
    /// How long one question may take, in seconds; nil for the library's own patience.
    private let timeoutSeconds: Int?
    private let started = Mutex<UnboundResolver?>(nil)

    init(nameservers: [String], loops: EventLoopGroup, timeoutSeconds: Int? = nil) {
        (self.nameservers, self.loops, self.timeoutSeconds) = (nameservers, loops, timeoutSeconds)
    }

    func resolve(_ name: String, _ type: DNSRecordType) async throws(ResolverFailure) -> DNSAnswer {
        try await resolver().resolve(name, type)
    }

    private func resolver() throws(ResolverFailure) -> UnboundResolver {
        let result = started.withLock { started -> Result<UnboundResolver, ResolverFailure> in
            if let started { return .success(started) }
            do throws(ResolverFailure) {
                let new = try make()
                started = new
                return .success(new)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private func make() throws(ResolverFailure) -> UnboundResolver {
        var settings = UnboundResolver.Settings()
        if let timeoutSeconds { settings.timeoutSeconds = timeoutSeconds }
        if !nameservers.isEmpty {
            settings.forwarders = nameservers
            settings.asksLoopback = true
            // Whom the administrator names may answer for zones that the world does not know: it is trusted as it is.
            settings.trustAnchorFile = nil
        }
        return try UnboundResolver(settings, loops: loops)
    }
}
