import FunctionRuntime
import MailTypes

/// Hands out the zip of a function or layer to whoever has the address that GetFunction gave: `GET /lambda-code/{token}`.
public struct FunctionCode: Handler {
    private let host: any LambdaHosting
    private let links: CodeLinks

    /// Downloads of what the host keeps, for the links' tokens.
    public init(host: any LambdaHosting, links: CodeLinks) { (self.host, self.links) = (host, links) }

    public func handle(_ event: HTTPRequest, in context: Context) async throws -> HTTPResponse {
        let token = event.pathParameters["token"] ?? String(event.path.dropFirst(CodeLinks.path.count))
        guard let code = links.code(of: token, at: context.steady), let zip = await host.zip(of: code) else {
            return HTTPResponse(403, type: "text/plain; charset=utf-8", "this address has expired\n")
        }
        return HTTPResponse(200, headers: ["Content-Type": "application/zip"], body: .octets(zip))
    }
}
