import MailTypes

/// Why a route cannot be: one sentence for whoever wrote the template.
public struct HTTPRouteProblem: Error, Sendable, Hashable {
    public let sentence: String
    init(_ sentence: String) { self.sentence = sentence }
}

/// Which requests go to a function, and how their caller is named first.
public struct HTTPRoute: Sendable, Hashable {
    /// How the caller is named.
    public enum Authorizer: Sendable, Hashable {
        /// Anybody; the caller is `.anonymous`.
        case none
        /// User and password (RFC 7617); the caller is `.user`. The protocol's name is what access control rules
        /// know it by: `AutoDiscover`, `EWS`, `ActiveSync`.
        case basic(realm: String = "Mailroom", protocolName: String)
        /// AWS Signature Version 4, or a presigned address; the caller is `.key`.
        case sigV4
    }

    /// In capitals; nil for every method. `GET` also serves `HEAD`.
    public var method: String?
    public var path: RoutePattern
    /// A host without its port; `*` may stand at one end. Nil for every host.
    public var host: String?
    /// `X-Amz-Target`; a `*` may stand at the end: `WorkMailService.*`. Nil for every value and none.
    public var target: String?
    /// The service in the signature's scope: `s3`, `lambda`. Nil for every service. Who signs nothing gets here too
    /// when no other route takes the request, and is then told by the authorizer what is missing.
    public var signingService: String?
    public var authorizer: Authorizer
    /// Authorizers that differ from `authorizer` for single methods: AutoDiscover's GET needs no password.
    public var methodAuthorizers: [String: Authorizer]
    /// Most octets of a body, as the function sees it: of an aws-chunked one, what is in the chunks. Past it: 413.
    /// Nil for what `HTTPLimits` says, which holds for every route.
    public var bodyMax: Int?
    public var function: FunctionName

    /// A route of these parts.
    public init(
        method: String? = nil, path: RoutePattern, host: String? = nil, target: String? = nil,
        signingService: String? = nil, authorizer: Authorizer = .none, methodAuthorizers: [String: Authorizer] = [:],
        bodyMax: Int? = nil, function: FunctionName
    ) {
        self.method = method
        self.path = path
        self.host = host
        self.target = target
        self.signingService = signingService
        self.authorizer = authorizer
        self.methodAuthorizers = methodAuthorizers
        self.bodyMax = bodyMax
        self.function = function
    }

    /// The authorizer of one method.
    public func authorizer(for method: String) -> Authorizer { methodAuthorizers[method] ?? authorizer }

    /// True when the route serves this method.
    func takes(_ asked: String) -> Bool {
        guard let method else { return true }
        return method == asked || method == "GET" && asked == "HEAD"
    }

    /// More specific first: host, then target, then signing service, then path, then method.
    func precedes(_ other: HTTPRoute) -> Bool {
        func rank(_ route: HTTPRoute) -> [Int] {
            [
                route.host == nil ? 0 : route.host?.contains("*") == true ? 1 : 2,
                route.target == nil ? 0 : route.target?.hasSuffix("*") == true ? 1 : 2,
                route.signingService == nil ? 0 : 1,
            ]
        }
        let (mine, others) = (rank(self), rank(other))
        if mine != others { return others.lexicographicallyPrecedes(mine) }
        if path.rank != other.path.rank { return other.path.rank.lexicographicallyPrecedes(path.rank) }
        return method != nil && other.method == nil
    }
}
