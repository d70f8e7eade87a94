import FunctionRuntime
import Synchronization

/// Where the last request of a connection went. A client asks for the same over and over: for the same words the same router gives the
/// same route.
final class RouteMemory: Sendable {
    private final class Last: Sendable {
        let router: HTTPRouter.Identity
        let method: String
        let path: String
        let host: String?
        let target: String?
        let service: String?
        let routing: HTTPRouting

        init(
            _ request: HTTPRequest, _ host: String?, _ target: String?, _ service: String?, _ routing: HTTPRouting,
            by router: HTTPRouter
        ) {
            (self.router, method, path) = (router.identity, request.method, request.path)
            (self.host, self.target, self.service, self.routing) = (host, target, service, routing)
        }
    }

    private let last = Mutex<Last?>(nil)

    /// Nothing asked yet.
    init() {}

    /// The route of a request that says it is signed for this service.
    func route(_ request: HTTPRequest, service: String?, by router: HTTPRouter) -> HTTPRouting {
        let (host, target) = (request.headers["Host"], request.headers["X-Amz-Target"])
        if let known = last.withLock({ $0 }), known.router === router.identity, known.path == request.path,
            known.method == request.method, known.host == host, known.target == target, known.service == service
        {
            return known.routing
        }
        let routing = router.route(request, service: service)
        guard case .route = routing else { return routing }
        let now = Last(request, host, target, service, routing, by: router)
        last.withLock { $0 = now }
        return routing
    }
}
