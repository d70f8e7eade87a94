import FunctionRuntime
import MailTypes

/// The CORS protocol (Fetch standard §3.2) for an API that has it: its own word counts, not the functions'.
extension WebAPI.CrossOrigin {
    /// The answer to a page that asks beforehand what it may do; nil for every other request.
    func preflight(_ request: HTTPRequest) -> HTTPResponse? {
        guard request.method == "OPTIONS", request.headers["Access-Control-Request-Method"] != nil,
            request.headers["Origin"] != nil
        else { return nil }
        var response = HTTPResponse(204)
        mark(&response, for: request)
        guard response.headers["Access-Control-Allow-Origin"] != nil else { return response }
        if !methods.isEmpty { response.headers.append("Access-Control-Allow-Methods", methods.joined(separator: ",")) }
        if !headers.isEmpty { response.headers.append("Access-Control-Allow-Headers", headers.joined(separator: ",")) }
        if let maxAgeSeconds { response.headers.append("Access-Control-Max-Age", String(maxAgeSeconds)) }
        return response
    }

    /// Says in an answer which origin may read it.
    func mark(_ response: inout HTTPResponse, for request: HTTPRequest) {
        for name in [
            "Allow-Origin", "Allow-Credentials", "Allow-Methods", "Allow-Headers", "Expose-Headers", "Max-Age",
        ] {
            response.headers["Access-Control-" + name] = nil
        }
        guard let origin = request.headers["Origin"] else { return }
        guard origins.contains("*") || origins.contains(where: { Self.holds($0, origin) }) else { return }
        let isForAll = origins.contains("*") && !allowsCredentials
        response.headers.append("Access-Control-Allow-Origin", isForAll ? "*" : origin)
        if !isForAll { response.headers.append("Vary", "Origin") }
        if allowsCredentials { response.headers.append("Access-Control-Allow-Credentials", "true") }
        if !exposedHeaders.isEmpty {
            response.headers.append("Access-Control-Expose-Headers", exposedHeaders.joined(separator: ","))
        }
    }

    /// `https://*` stands for each origin of the scheme.
    private static func holds(_ pattern: String, _ origin: String) -> Bool {
        let (pattern, origin) = (pattern.asciiLowercased, origin.asciiLowercased)
        return pattern == origin || pattern.hasSuffix("://*") && origin.hasPrefix(pattern.dropLast())
    }
}
