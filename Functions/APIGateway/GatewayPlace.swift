import FunctionRuntime
import MailTypes

/// Which API a request is for, and where in it: `/_api/ID/PATH` on every host, `/PATH` on `ID.execute-api.REGION.…`;
/// of functions' URLs `/_url/ID/PATH` and `ID.lambda-url.REGION.on.aws`.
struct GatewayPlace {
    /// True for the address of a function's URL: what guards the one must not be passed by the other's.
    let isURL: Bool
    /// In lower case, as ids are.
    let api: String
    /// As it was on the wire, beginning with `/`; the stage is still part of it.
    let rawPath: String

    /// The route's own parts of the path.
    private static let (apis, urls) = ("/_api/", "/_url/")

    /// Nil when neither path nor host names an API.
    init?(_ request: HTTPRequest) {
        if request.path.hasPrefix(Self.apis) || request.path.hasPrefix(Self.urls) {
            isURL = request.path.hasPrefix(Self.urls)
            let rest = request.path.dropFirst(Self.apis.count)
            let end = rest.firstIndex(of: "/") ?? rest.endIndex
            api = String(rest[..<end]).asciiLowercased
            rawPath = end == rest.endIndex ? "/" : String(rest[end...])
        } else {
            guard let host = request.headers["Host"], let dot = host.firstIndex(of: ".") else { return nil }
            isURL = String(host[dot...]).asciiLowercased.hasPrefix(".lambda-url.")
            api = String(host[..<dot]).asciiLowercased
            rawPath = request.path
        }
        guard !api.isEmpty else { return nil }
    }

    /// The path without the stage; nil when it names none that the API has. The default stage need not be named.
    func path(in api: WebAPI) -> String? {
        if api.kind == .url { return rawPath }
        let head = "/" + api.stage
        if rawPath == head { return "/" }
        if rawPath.hasPrefix(head + "/") { return String(rawPath.dropFirst(head.count)) }
        return api.stage == WebAPI.defaultStage ? rawPath : nil
    }
}
