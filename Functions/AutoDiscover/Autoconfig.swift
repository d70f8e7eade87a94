import FunctionRuntime
import MailTypes
import XML

/// Tells Thunderbird and its relatives where mail is: `/.well-known/autoconfig/mail/config-v1.1.xml?emailaddress=…` and
/// `/mail/config-v1.1.xml` on `autoconfig.<domain>`.
///
/// Public, so it says nothing about users: only whether the domain is one of ours. The login name is the client's own
/// placeholder, never text of the request (reference/faults.md F65).
public struct Autoconfig: Handler {
    let directory: any AccountDirectory
    let settings: AutoDiscoverSettings

    /// A handler that speaks of these endpoints.
    public init(directory: any AccountDirectory, settings: AutoDiscoverSettings) {
        (self.directory, self.settings) = (directory, settings)
    }

    public func handle(_ request: HTTPRequest, in context: Context) async throws -> HTTPResponse {
        guard request.method == "GET" || request.method == "HEAD" else {
            context.decide("refused", because: "autoconfig is asked by GET")
            return HTTPResponse(405, headers: ["Allow": "GET, HEAD"])
        }
        guard let domain = Self.domain(of: request) else {
            context.decide("refused", because: "the request names no domain")
            return HTTPResponse(400, type: "text/plain; charset=utf-8", "emailaddress is not an address\n")
        }
        guard try await directory.organization(ofDomain: domain) != nil else {
            context.decide("refused", because: "\(domain) is no domain of ours")
            return HTTPResponse(404, type: "text/plain; charset=utf-8", "this domain is not served here\n")
        }
        context.decide("answered", because: "settings of \(domain)")
        return HTTPResponse(200, type: "text/xml; charset=utf-8", document(domain))
    }

    /// The address's domain, or what the host is called without `autoconfig.`; nil for an address that is none.
    private static func domain(of request: HTTPRequest) -> String? {
        if let text = request.queryValue("emailaddress"), !text.isEmpty {
            return Address(text)?.canonicalDomain
        }
        guard var host = request.headers["Host"]?.asciiLowercased, !host.hasPrefix("[") else { return nil }
        if let colon = host.firstIndex(of: ":") { host = String(host[..<colon]) }
        if host.hasPrefix("autoconfig.") { host = String(host.dropFirst("autoconfig.".count)) }
        return host.isEmpty ? nil : host
    }

    private func document(_ domain: String) -> String {
        let domain = XMLText.escape(domain)
        let name = XMLText.escape(settings.displayName)
        var servers: [String] = []
        if let port = settings.imapsPort { servers.append(server("incoming", "imap", port, "SSL")) }
        if let port = settings.imapPort { servers.append(server("incoming", "imap", port, "STARTTLS")) }
        if let port = settings.submissionsPort { servers.append(server("outgoing", "smtp", port, "SSL")) }
        if let port = settings.submissionPort { servers.append(server("outgoing", "smtp", port, "STARTTLS")) }
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <clientConfig version="1.1">
              <emailProvider id="\(domain)">
                <domain>\(domain)</domain>
                <displayName>\(name)</displayName>
                <displayShortName>\(name)</displayShortName>
            \(servers.joined(separator: "\n"))
              </emailProvider>
            </clientConfig>
            """
    }

    private func server(_ direction: String, _ type: String, _ port: Int, _ socket: String) -> String {
        """
            <\(direction)Server type="\(type)">
              <hostname>\(XMLText.escape(settings.hostname))</hostname>
              <port>\(port)</port>
              <socketType>\(socket)</socketType>
              <authentication>password-cleartext</authentication>
              <username>%EMAILADDRESS%</username>
            </\(direction)Server>
        """
    }
}
