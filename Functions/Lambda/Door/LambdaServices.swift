import FunctionRuntime
import MailTypes

/// What the Lambda API works with. Shared, not copied: each call is handed it.
public final class LambdaServices: Sendable {
    let registry: FunctionRegistry
    let host: any LambdaHosting
    let functions: any UserFunctions
    let objects: (any ObjectStore)?
    let permissions: any Permissions
    let sessions: SessionKeys
    let runtimes: RuntimeReadiness
    let links: CodeLinks
    /// Uploads are held in memory while they are checked: one after the other.
    let uploads = ConcurrencyGate(limit: 2, waitersMax: 64)

    /// The API over these parts.
    /// - Parameters:
    ///   - functions: calls them and queues events.
    ///   - objects: where code is that S3Bucket and S3Key name; nil where there are no buckets.
    ///   - permissions: what each caller may do.
    ///   - sessions: which function's keys a caller has, and which message that function works on.
    public init(
        registry: FunctionRegistry, host: any LambdaHosting, functions: any UserFunctions,
        objects: (any ObjectStore)? = nil, permissions: any Permissions = KeyHoldersMayAll(),
        sessions: SessionKeys = SessionKeys(), runtimes: RuntimeReadiness, links: CodeLinks
    ) {
        self.registry = registry
        self.host = host
        self.functions = functions
        self.objects = objects
        self.permissions = permissions
        self.sessions = sessions
        self.runtimes = runtimes
        self.links = links
    }
}
