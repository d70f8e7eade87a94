import FunctionRuntime
import MailTypes

/// Which API a request is for, and where in it: `/_api/ID/PATH` on every host, `/PATH` on `ID.execute-api.REGION.…`.
struct GatewayPlace {
    /// In lower case, as ids are.
    let api: String
    /// As it was on the wire, beginning with `/`; the stage is still part of it.
    let rawPath: String

    /// The route's own parts of the path.
    static let prefix = "/_api/"

    /// Nil when neither path nor host names an API.
    init?(_ request: HTTPRequest) {
        if request.path.hasPrefix(Self.prefix) {
            let rest = request.path.dropFirst(Self.prefix.count)
            let end = rest.firstIndex(of: "/") ?? rest.endIndex
            api = String(rest[..<end]).asciiLowercased
            rawPath = end == rest.endIndex ? "/" : String(rest[end...])
        } else {
            guard let host = request.headers["Host"], let dot = host.firstIndex(of: ".") else { return nil }
            api = String(host[..<dot]).asciiLowercased
            rawPath = request.path
        }
        guard !api.isEmpty else { return nil }
    }

    /// The path without the stage; nil when it names none that the API has. The default stage need not be named.
    func path(in api: WebAPI) -> String? {
        let head = "/" + api.stage
        if rawPath == head { return "/" }
        if rawPath.hasPrefix(head + "/") { return String(rawPath.dropFirst(head.count)) }
        return api.stage == WebAPI.defaultStage ? rawPath : nil
    }
}
