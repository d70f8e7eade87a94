import FunctionRuntime
import MailTypes

/// Where connections meet functions: routes, names the caller, invokes, and tells errors in the caller's own protocol.
public final class HTTPEndpoint: Sendable {
    /// Invokes a function. The identifier is the answer's request id; use it as the invocation's.
    public typealias Dispatch =
        @Sendable (FunctionName, HTTPRequest, _ requestID: Identifier128) async throws -> HTTPResponse
    /// Checks user and password.
    public typealias Login = @Sendable (LoginAttempt) async throws -> LoginVerdict
    private let limits: @Sendable () -> HTTPLimits
    private let router: @Sendable () -> HTTPRouter
    private let keys: SignatureVerifier.KeyLookup
    private let login: Login
    private let allowsPasswordsInPlainText: @Sendable (HTTPRequest) -> Bool
    private let probes: [String: HTTPProbe]
    private let mayProbe: @Sendable (NetworkAddress) -> Bool
    private let signingKeys = SigningKeys()
    private let dispatch: Dispatch
    private let time: any TimeSource
    private let random: any RandomSource
    private let log: Log

    /// An endpoint of these parts.
    ///
    /// - Parameters:
    ///   - limits: asked once for each connection, which keeps them to its end.
    ///   - router: asked once for each request: a redeploy swaps what it returns, requests under way keep theirs.
    ///   - allowsPasswordsInPlainText: whether a request may bring a password; where not, it is answered with 403
    ///     and `login` is not asked.
    ///   - probes: by path: `/healthz`, `/readyz`, `/metrics`. They answer GET and HEAD.
    ///   - mayProbe: whether a peer is answered by the probes that are not open to everybody.
    public init(
        limits: @escaping @Sendable () -> HTTPLimits, router: @escaping @Sendable () -> HTTPRouter,
        keys: @escaping SignatureVerifier.KeyLookup, login: @escaping Login,
        allowsPasswordsInPlainText: @escaping @Sendable (HTTPRequest) -> Bool = { $0.isSecure || $0.peer.isLoopback },
        probes: [String: HTTPProbe] = [:], mayProbe: @escaping @Sendable (NetworkAddress) -> Bool = { $0.isLoopback },
        dispatch: @escaping Dispatch, time: any TimeSource, random: any RandomSource, log: Log
    ) {
        self.limits = limits
        self.router = router
        self.keys = keys
        self.login = login
        self.allowsPasswordsInPlainText = allowsPasswordsInPlainText
        self.probes = probes
        self.mayProbe = mayProbe
        self.dispatch = dispatch
        self.time = time
        self.random = random
        self.log = log
    }

    /// An endpoint whose limits never change.
    public convenience init(
        limits: HTTPLimits = HTTPLimits(), router: @escaping @Sendable () -> HTTPRouter,
        keys: @escaping SignatureVerifier.KeyLookup, login: @escaping Login,
        allowsPasswordsInPlainText: @escaping @Sendable (HTTPRequest) -> Bool = { $0.isSecure || $0.peer.isLoopback },
        probes: [String: HTTPProbe] = [:], mayProbe: @escaping @Sendable (NetworkAddress) -> Bool = { $0.isLoopback },
        dispatch: @escaping Dispatch, time: any TimeSource, random: any RandomSource, log: Log
    ) {
        self.init(
            limits: { limits }, router: router, keys: keys, login: login,
            allowsPasswordsInPlainText: allowsPasswordsInPlainText, probes: probes, mayProbe: mayProbe,
            dispatch: dispatch, time: time, random: random, log: log)
    }

    /// Serves one connection to its end and closes it. A TLS handshake, if any, is done before.
    public func serve(_ connection: any Connection) async {
        let limits = limits()
        let verifier = SignatureVerifier(limits: limits, keys: keys, signingKeys: signingKeys)
        let (memory, routes) = (AuthorizationMemory(), RouteMemory())
        await HTTPServerSession(connection, limits: limits, time: time, random: random, log: log) { request, id in
            await self.answer(request, requestID: id, verifier, memory, routes)
        }.run()
    }

    /// Answers one request.
    private func answer(
        _ request: HTTPRequest, requestID: Identifier128, _ verifier: SignatureVerifier, _ memory: AuthorizationMemory,
        _ routes: RouteMemory
    ) async -> HTTPResponse {
        let start = log.keeps(.trace) ? time.monotonicNanoseconds() : 0
        // What it says of its signature is read once: routes, error families and authorizers all ask for it.
        let read = memory.field(of: request)
        let service = SignatureClaim.service(of: request, read)
        // Told by errors and S3's answers; most requests need none.
        var familyService = service
        func family() -> ErrorFamily { ErrorFamily(of: request, service: familyService) }
        var response: HTTPResponse
        if let probe = probe(for: request, service) {
            response = await answer(request, probe, service, family(), requestID, verifier)
        } else {
            switch routes.route(request, service: service, by: router()) {
            case .route(let route, let parameters):
                familyService = service ?? route.signingService
                var request = request
                if !parameters.isEmpty { request.pathParameters = parameters }
                response = await answer(request, route, service, read, requestID, verifier)
            case .methodNotAllowed(let methods):
                response = family().response(
                    405, "MethodNotAllowed", "The method is not allowed here.", requestID: requestID)
                response.headers["Allow"] = methods.joined(separator: ", ")
            case .unknownOperation:
                response = await notOffered(request, service, family(), requestID)
            case .notFound where service != nil && [.restJSON, .cbor].contains(family()):
                response = await notOffered(request, service, family(), requestID)
            case .notFound:
                response = family().response(404, "NotFound", "There is nothing at this path.", requestID: requestID)
            }
        }
        if familyService == "s3", family() == .s3, response.headers["x-amz-request-id"] == nil {
            response.headers["x-amz-request-id"] = requestID.description
        }
        guard log.keeps(.trace) else { return response }
        log.trace(
            "http.answered", .requestID(requestID), .code(String(response.status)), .other("method", request.method),
            .other("path", request.path), .milliseconds(Double(time.monotonicNanoseconds() &- start) / 1_000_000))
        return response
    }

    /// The probe a request means. What is signed for another service is an object of a bucket called `metrics`.
    private func probe(for request: HTTPRequest, _ service: String?) -> HTTPProbe? {
        guard request.method == "GET" || request.method == "HEAD", let probe = probes[request.path] else { return nil }
        return service == nil || service == HTTPProbe.signingService ? probe : nil
    }

    private func answer(
        _ request: HTTPRequest, _ probe: HTTPProbe, _ service: String?, _ family: ErrorFamily,
        _ requestID: Identifier128, _ verifier: SignatureVerifier
    ) async -> HTTPResponse {
        if probe.isOpen || mayProbe(request.peer) { return await probe.answer() }
        guard service != nil else {
            log.info("http.denied", .requestID(requestID), .peer(request.peer), .code("probe"))
            return HTTPResponse(
                403, type: "text/plain; charset=utf-8", "ask from this machine, or sign the request for mailroom\n")
        }
        do {
            // Keys of users' functions reach their own messages, not what the system counts.
            guard
                case .key(_, "root", _, HTTPProbe.signingService) = try await verifier.verify(request, at: time.now())
                    .caller
            else { throw SignatureFailure.wrongService }
            return await probe.answer()
        } catch let failure as SignatureFailure {
            log.info("http.denied", .requestID(requestID), .peer(request.peer), .code("\(failure)"))
            return failure.response(family, requestID: requestID, target: nil)
        } catch {
            return failed(error, "probe", family, requestID, nil)
        }
    }

    private func answer(
        _ request: HTTPRequest, _ route: HTTPRoute, _ service: String?, _ read: AuthorizationField?,
        _ requestID: Identifier128, _ verifier: SignatureVerifier
    ) async -> HTTPResponse {
        var target: String? { request.headers["X-Amz-Target"] }
        var family: ErrorFamily { ErrorFamily(of: request, service: service ?? route.signingService) }
        func tooLarge() -> HTTPResponse {
            SignatureFailure.bodyTooLarge.response(family, requestID: requestID, target: target)
        }
        var bounded: BoundedStream?
        do {
            var request = request
            if let most = route.bodyMax {
                // Before a password or a signature is looked at: neither makes the body any smaller.
                guard (Self.announcedLength(of: request, route) ?? 0) <= most else { return tooLarge() }
                if case .stream(let stream, nil) = request.body, !Self.isAWSChunked(request, route) {
                    let stream = BoundedStream(stream, limitOctets: most)
                    request.body = .stream(stream, length: nil)
                    bounded = stream
                }
            }
            switch route.authorizer(for: request.method) {
            case .none: break
            case .basic(let realm, let protocolName):
                if let refusal = try await logIn(&request, realm: realm, protocolName: protocolName, requestID) {
                    return refusal
                }
            case .sigV4:
                // S3's signatures may leave the body out: they open only what is meant for them.
                if service == "s3", route.signingService != "s3" { throw SignatureFailure.wrongService }
                // The Query and JSON protocols sign the body itself: a route that takes large ones says so.
                request = try await verifier.verify(
                    request, read: read, at: time.now(), unhashedOctets: route.bodyMax)
                // The route was chosen by what the request says of itself; this is what was signed.
                if let wanted = route.signingService, case .key(_, _, _, let service) = request.caller,
                    service != wanted
                {
                    throw SignatureFailure.wrongService
                }
            }
            let response = try await dispatch(route.function, request, requestID)
            return bounded?.isExceeded == true ? tooLarge() : response
        } catch let failure as SignatureFailure {
            log.info("http.denied", .requestID(requestID), .function(route.function), .code("\(failure)"))
            return failure.response(family, requestID: requestID, target: target)
        } catch let refusal as HTTPRefusal {
            return refusal.response
        } catch is HTTPBodyTooLarge {
            return tooLarge()
        } catch {
            return bounded?.isExceeded == true
                ? tooLarge() : failed(error, route.function, family, requestID, target)
        }
    }

    /// The answer to an operation that nothing here serves, in its service's own shape, with a line that says who wanted
    /// what: that is how an operator learns what a function lacks. The signature is not checked: nothing is given.
    private func notOffered(
        _ request: HTTPRequest, _ service: String?, _ family: ErrorFamily, _ requestID: Identifier128
    ) async -> HTTPResponse {
        var operation = request.headers["X-Amz-Target"]
        if operation == nil, family == .query, let form = try? await request.body.collect(upTo: Self.formOctets) {
            operation = HTTPRequest.queryItems(of: form.text).first { $0.name == "Action" }?.value
        }
        var caller = "unsigned"
        if let id = (try? SignatureClaim(request))?.keyID { caller = (try? await keys(id))?.principal ?? "unknown key" }
        let fields: [LogField] = [
            .requestID(requestID), .other("caller", caller), .other("service", service ?? ""),
            .other("operation", operation ?? "\(request.method) \(request.path)"),
        ]
        let line = fields.reduce(log) { $0.with($1) }
        if caller == "unsigned" || caller == "unknown key" {
            line.info("http.not-offered")
        } else {
            line.warning(
                "http.not-offered", .advice("a function cannot have this here; the README says what is not there"))
        }
        // The peer's own words go into the log, which encodes them, never into the answer.
        let isPlain = service.map {
            !$0.isEmpty && $0.utf8.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || $0 == 0x2D }
        }
        let message =
            isPlain == true
            ? "This operation of \(service ?? "") is not offered here." : "There is no such operation here."
        return family.response(
            family == .restJSON ? 404 : 400, family == .query ? "InvalidAction" : "UnknownOperationException", message,
            requestID: requestID, target: request.headers["X-Amz-Target"])
    }

    /// Octets of a form that are looked at for its Action.
    private static let formOctets = 64 << 10

    /// True when the body is the coding of `AWSChunked`, whose decoder holds it to the length it announces.
    private static func isAWSChunked(_ request: HTTPRequest, _ route: HTTPRoute) -> Bool {
        route.authorizer(for: request.method) == .sigV4
            && request.headers["x-amz-content-sha256"]?.hasPrefix("STREAMING-") == true
    }

    /// Octets that the function would see, when the request tells.
    private static func announcedLength(of request: HTTPRequest, _ route: HTTPRoute) -> Int? {
        if isAWSChunked(request, route) { return request.headers["x-amz-decoded-content-length"].flatMap { Int($0) } }
        switch request.body {
        case .octets(let octets): return octets.count
        case .stream(_, let length): return length
        }
    }

    /// Names the caller by password. Returns the answer when that fails.
    private func logIn(_ request: inout HTTPRequest, realm: String, protocolName: String, _ requestID: Identifier128)
        async throws -> HTTPResponse?
    {
        // No challenge either: that would ask for a password where everybody on the way reads it.
        guard allowsPasswordsInPlainText(request) else {
            log.info("http.denied", .requestID(requestID), .code("plainText"))
            return HTTPResponse(403, type: "text/plain; charset=utf-8", "passwords are taken over https only\n")
        }
        let verdict: LoginVerdict
        let fields = request.headers.values(of: "Authorization")
        if fields.count == 1, let credentials = fields.first.flatMap({ BasicCredentials($0) }) {
            verdict = try await login(
                LoginAttempt(
                    protocolName: protocolName, user: credentials.user, password: credentials.password,
                    peer: request.peer, isSecure: request.isSecure))
        } else {
            verdict = .denied
        }
        switch verdict {
        case .granted(let entity):
            request.caller = .user(entity)
            return nil
        case .denied:
            var response = HTTPResponse(401, type: "text/plain; charset=utf-8", "user and password are needed\n")
            response.headers["WWW-Authenticate"] = #"Basic realm="\#(realm)", charset="UTF-8""#
            return response
        case .later(let seconds):
            // Exchange's clients know 503 with Retry-After and treat 429 as any other failure.
            let isExchange = ["AutoDiscover", "EWS", "ActiveSync"].contains(protocolName)
            var response = HTTPResponse(
                isExchange ? 503 : 429, type: "text/plain; charset=utf-8", "too many failed logins, try later\n")
            response.headers["Retry-After"] = String(max(1, seconds))
            return response
        }
    }

    /// The answer to a failure of ours, logged here and nowhere else.
    private func failed(
        _ error: any Error, _ function: FunctionName, _ family: ErrorFamily, _ requestID: Identifier128,
        _ target: String?
    ) -> HTTPResponse {
        let isTemporary: Bool
        switch error {
        case is CancellationError: isTemporary = true
        case let failure as StoreFailure:
            switch failure {
            case .down, .diskFull: isTemporary = true
            default: isTemporary = false
            }
        default: isTemporary = false
        }
        let reason = String(describing: error)
        if isTemporary {
            log.warning(
                "http.unavailable", .requestID(requestID), .function(function), .code("unavailable"), .reason(reason),
                .advice("clients try again; look at disk and database when it lasts"))
            var response = family.response(
                503, family == .s3 ? "ServiceUnavailable" : "ServiceUnavailableException", "Try again later.",
                requestID: requestID, target: target)
            response.headers["Retry-After"] = "5"
            return response
        }
        log.error(
            "http.failed", .requestID(requestID), .function(function), .code("internal"), .reason(reason),
            .advice("the function threw; its trace has this request id"))
        return family.response(
            500, family == .s3 ? "InternalError" : "InternalFailure", "The function failed.", requestID: requestID,
            target: target)
    }
}
