import FunctionRuntime
import MailTypes
import Testing

@testable import HTTP

/// What a connection remembers of its last route makes no difference to where a request goes.
@Suite struct RouteMemoryTests {
    private static func router(_ name: String) throws -> HTTPRouter {
        HTTPRouter([
            HTTPRoute(
                method: "POST", path: try RoutePattern("/a/{x}"), signingService: "one",
                function: FunctionName("\(name)1")),
            HTTPRoute(path: try RoutePattern("/a/{x}"), host: "a.example", function: FunctionName("\(name)2")),
            HTTPRoute(path: try RoutePattern("/{y+}"), target: "T.*", function: FunctionName("\(name)3")),
            HTTPRoute(method: "GET", path: try RoutePattern("/b"), function: FunctionName("\(name)4")),
        ])
    }

    private static let requests: [(HTTPRequest, service: String?)] = ["GET", "POST"].flatMap { method in
        ["/a/1", "/a/2", "/b", "/"].flatMap { path in
            [nil, "a.example", "b.example"].flatMap { host in
                [nil, "T.x"].flatMap { target in
                    [nil, "one"].map { service in
                        var headers = HTTPFields()
                        headers["Host"] = host
                        headers["X-Amz-Target"] = target
                        let peer = NetworkAddress(host: "192.0.2.7", port: 1)
                        return (HTTPRequest(method: method, path: path, headers: headers, peer: peer), service)
                    }
                }
            }
        }
    }

    @Test func `a request goes where it goes whatever went before it, and whichever router was asked`() throws {
        let routers = [try Self.router("F"), try Self.router("G")]
        for (first, firstService) in Self.requests {
            for (second, secondService) in Self.requests {
                let memory = RouteMemory()
                for router in routers + routers {
                    for (request, service) in [(first, firstService), (second, secondService), (second, secondService)]
                    {
                        let found = memory.route(request, service: service, by: router)
                        #expect(found == router.route(request, service: service))
                    }
                }
            }
        }
    }
}
