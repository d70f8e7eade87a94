import FunctionRuntime
import MailTypes

/// Where a request goes.
public enum HTTPRouting: Sendable, Equatable {
    /// To this route's function, with the values of its path's names.
    case route(HTTPRoute, parameters: [String: String])
    /// The path is known, the method is not; these are.
    case methodNotAllowed([String])
    /// A signed or targeted `POST /` for an operation that nothing here serves.
    case unknownOperation
    case notFound
}

/// All routes of a deployment: an immutable value, so a request keeps the one it started with across a redeploy.
public struct HTTPRouter: Sendable {
    /// What tells one router from another: copies of one have the same.
    final class Identity: Sendable {}

    let identity = Identity()
    private let routes: [HTTPRoute]
    /// The routes' hosts in lower case.
    private let hosts: [String?]
    private let table: RouteTable
    /// Whether any route is of one host only.
    private let namesHosts: Bool

    /// First segments of paths that belong to other protocols, in lower case, whether something serves them yet or not. A
    /// client that looks whether they are there hears that they are not, instead of an object store's refusal.
    static let reserved: Set<String> = [
        "autodiscover", ".well-known", "ews", "microsoft-server-activesync", "mapi", "jmap", "dav", "mail", "api",
        "_api", "_url",
        "rpc", "oab", "owa", "healthz", "readyz", "metrics", "favicon.ico", "robots.txt",
    ]

    /// Sorts the routes, most specific first; equals keep their order.
    public init(_ routes: [HTTPRoute]) {
        self.routes = routes.enumerated().sorted { left, right in
            if left.element.precedes(right.element) { return true }
            if right.element.precedes(left.element) { return false }
            return left.offset < right.offset
        }.map(\.element)
        hosts = self.routes.map { $0.host?.asciiLowercased }
        table = RouteTable(self.routes)
        namesHosts = routes.contains { $0.host != nil }
    }

    /// Finds a request's route.
    public func route(_ request: HTTPRequest) -> HTTPRouting {
        route(request, service: SignatureClaim.service(of: request))
    }

    /// Finds the route of a request that says it is signed for this service.
    func route(_ request: HTTPRequest, service: String?) -> HTTPRouting {
        let host = namesHosts ? request.headers["Host"].map(Self.withoutPort) : nil
        let target = request.headers["X-Amz-Target"]
        let path = RequestPath(request.path)
        let candidates = path.map(table.candidates) ?? []
        var (allowed, blocked): ([String], RoutePattern?) = ([], nil)
        for index in candidates {
            let route = routes[index]
            if let wanted = hosts[index], !Self.matches(host ?? "", wanted) { continue }
            if let wanted = route.target, !Self.matches(target ?? "", wanted) { continue }
            if let wanted = route.signingService, wanted != service { continue }
            guard let path, let parameters = route.path.match(path) else { continue }
            guard route.takes(request.method) else {
                blocked = blocked ?? route.path
                if let method = route.method, !allowed.contains(method) { allowed.append(method) }
                continue
            }
            return .route(route, parameters: parameters)
        }
        // Nobody else takes it: an unsigned request goes where a signature would have taken it, to be told so there.
        let isReserved = Self.isReserved(request.path)
        for index in candidates where service == nil && routes[index].signingService != nil {
            let route = routes[index]
            if isReserved, !route.path.beginsWithLiteral { continue }
            if let wanted = hosts[index], !Self.matches(host ?? "", wanted) { continue }
            // Whoever names an operation does not mean a route without one, such as a bucket's.
            guard route.target.map({ Self.matches(target ?? "", $0) }) ?? (target == nil) else { continue }
            // A path that is known better answers for its methods: a bucket named `jmap` does not hide /jmap.
            if let blocked, route.path.rank.lexicographicallyPrecedes(blocked.rank) { continue }
            guard let path, let parameters = route.path.match(path) else { continue }
            guard route.takes(request.method) else {
                blocked = blocked ?? route.path
                if let method = route.method, !allowed.contains(method) { allowed.append(method) }
                continue
            }
            return .route(route, parameters: parameters)
        }
        if request.path == "/", request.method == "POST", target != nil || service != nil && service != "s3" {
            return .unknownOperation
        }
        return allowed.isEmpty ? .notFound : .methodNotAllowed(allowed)
    }

    private static func isReserved(_ path: String) -> Bool {
        let first = path.utf8.dropFirst().prefix { $0 != 0x2F }
        return reserved.contains(String(decoding: first, as: UTF8.self).asciiLowercased)
    }

    /// Compares with a pattern that may have one `*` at its beginning or end. A `*` stands for at least one octet.
    private static func matches(_ text: String, _ pattern: String) -> Bool {
        let star = "*".utf8.first
        if pattern.utf8.last == star {
            return text.utf8.count >= pattern.utf8.count && text.utf8.starts(with: pattern.utf8.dropLast())
        }
        if pattern.utf8.first == star {
            return text.utf8.count >= pattern.utf8.count
                && text.utf8.reversed().starts(with: pattern.utf8.dropFirst().reversed())
        }
        return text == pattern
    }

    /// `example.org` of `Example.org:8080`, `[::1]` of `[::1]:8080`.
    static func withoutPort(_ host: String) -> String {
        let lower = host.asciiLowercased
        guard let colon = lower.utf8.lastIndex(of: 0x3A), !lower.utf8[colon...].contains(0x5D) else { return lower }
        return String(lower[..<colon])
    }
}
