import FunctionRuntime
import MailTypes

/// Tells a client that has logged in where its mailbox is: POX AutoDiscover in the mobilesync and outlook schemas
/// (reference/clients-and-interop.md §2).
///
/// Its route asks for Basic credentials on POST and for none on GET. Only the user who is logged in is told, and only
/// about the own mailbox: no lookup for others or for foreign domains (reference/faults.md F65).
public struct AutoDiscover: Handler {
    /// Octets of a request document; real ones have about 500.
    static let documentOctets = 65_536

    let directory: any AccountDirectory
    let settings: AutoDiscoverSettings

    /// A handler that speaks of these endpoints.
    public init(directory: any AccountDirectory, settings: AutoDiscoverSettings) {
        (self.directory, self.settings) = (directory, settings)
    }

    public func handle(_ request: HTTPRequest, in context: Context) async throws -> HTTPResponse {
        switch request.method {
        case "POST": break
        case "GET", "HEAD": return redirect(request, in: context)
        default:
            context.decide("refused", because: "AutoDiscover is asked by POST")
            return HTTPResponse(405, headers: ["Allow": "GET, POST"])
        }
        guard case .user(let caller) = request.caller else {
            context.decide("refused", because: "nobody is logged in")
            return Self.unauthorized
        }
        let document: Octets
        do {
            document = try await request.body.collect(upTo: Self.documentOctets)
        } catch is HTTPBodyTooLarge {
            return error(.invalidRequest, because: "the document is too large", in: context)
        }
        guard let asked = PoxRequest(document) else {
            return error(.invalidRequest, because: "the document is not a request of a known schema", in: context)
        }
        guard asked.isAbout(caller) else {
            return error(.noSuchAddress, because: "the request is about another mailbox", in: context)
        }
        // The login may be remembered from before an administrator changed something.
        guard let user = try await directory.entity(caller.id), user.state == .enabled, let email = user.email,
            asked.isAbout(user)
        else {
            return error(.noSuchAddress, because: "the mailbox is no longer enabled", in: context)
        }
        context.decide("answered", because: "\(asked.schema) for \(email)")
        let text =
            switch asked.schema {
            case .mobileSync: MobileSyncAnswer.document(user, email, settings)
            case .outlook: OutlookAnswer.document(user, email, settings)
            }
        return Self.answer(text)
    }

    /// The third phase of a client's search: GET without credentials leads to the https address, where it asks again.
    private func redirect(_ request: HTTPRequest, in context: Context) -> HTTPResponse {
        let host = request.headers["Host"]?.asciiLowercased ?? ""
        let own = settings.hostname.asciiLowercased
        guard !request.isSecure || host != own && !host.hasPrefix("\(own):") else {
            // It is there already: a redirect would lead back here.
            context.decide("refused", because: "the client has to log in and POST")
            return Self.unauthorized
        }
        context.decide("redirected", because: "clients ask over https")
        return HTTPResponse(302, headers: ["Location": settings.autoDiscoverURL, "Cache-Control": "no-store"])
    }

    private func error(_ code: PoxError, because reason: String, in context: Context) -> HTTPResponse {
        context.decide("refused", because: reason)
        return Self.answer(code.document(at: context.now, id: context.requestID))
    }

    private static func answer(_ document: String) -> HTTPResponse {
        var response = HTTPResponse(200, type: "text/xml; charset=utf-8", document)
        response.headers["Cache-Control"] = "no-store"
        return response
    }

    private static var unauthorized: HTTPResponse {
        HTTPResponse(401, headers: ["WWW-Authenticate": #"Basic realm="Mailroom", charset="UTF-8""#])
    }
}
