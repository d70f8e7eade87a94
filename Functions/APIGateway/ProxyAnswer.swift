import FunctionRuntime
import MailTypes

/// What functions answer to HTTP requests (reference/functions.md §5.3).
enum ProxyAnswer {
    /// Octets of an answer, as of every synchronous call; JSON values inside each other.
    private static let (limitOctets, limitDepth) = (7 << 20, 64)
    /// Members of an answer; a REST API takes none beside them.
    private static let members = ["statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"]

    /// The answer as HTTP; nil when it is none.
    static func response(_ payload: Octets, _ format: WebAPI.PayloadFormat, of api: WebAPI) -> HTTPResponse? {
        let value = try? JSONValue(parsing: payload, limitOctets: limitOctets, limitDepth: limitDepth)
        if format == .two, value?["statusCode"] == nil {
            // Any other answer is a body.
            return HTTPResponse(200, headers: ["Content-Type": "application/json"], body: .octets(payload))
        }
        guard let answer = value?.object else { return nil }
        if api.kind == .rest, answer.members.contains(where: { !members.contains($0.name) }) { return nil }
        guard let status = status(answer["statusCode"], format), var headers = headers(answer, format) else {
            return nil
        }
        if headers["Content-Type"] == nil {
            headers["Content-Type"] = format == .two ? "text/plain; charset=utf-8" : "application/json"
        }
        guard let body = body(answer, api, type: MediaType(headers["Content-Type"] ?? "")) else { return nil }
        return HTTPResponse(status, headers: headers, body: .octets(body))
    }

    /// A number, or one in a text; without it 200.
    private static func status(_ value: JSONValue?, _ format: WebAPI.PayloadFormat) -> Int? {
        guard let value else { return 200 }
        guard let number = value.integer ?? value.string.flatMap({ Int64($0) }), (200...599).contains(number) else {
            return nil
        }
        return Int(number)
    }

    private static func headers(_ answer: JSONObject, _ format: WebAPI.PayloadFormat) -> HTTPFields? {
        var fields = HTTPFields()
        if let headers = answer["headers"], !headers.isNull {
            guard let headers = headers.object else { return nil }
            for (name, value) in headers.members {
                guard let text = text(value) else { return nil }
                fields.append(name, text)
            }
        }
        if format == .one, let more = answer["multiValueHeaders"], !more.isNull {
            guard let more = more.object else { return nil }
            for (name, values) in more.members {
                guard let values = values.array else { return nil }
                fields[name] = nil
                for value in values {
                    guard let text = text(value) else { return nil }
                    fields.append(name, text)
                }
            }
        }
        if format == .two, let cookies = answer["cookies"], !cookies.isNull {
            guard let cookies = cookies.array else { return nil }
            for cookie in cookies {
                guard let text = cookie.string else { return nil }
                fields.append("Set-Cookie", text)
            }
        }
        return fields
    }

    private static func text(_ value: JSONValue) -> String? {
        switch value {
        case .string(let text): text
        case .bool, .integer, .number: value.octets.text
        case .null, .array, .object: nil
        }
    }

    private static func body(_ answer: JSONObject, _ api: WebAPI, type: MediaType) -> Octets? {
        guard let body = answer["body"], !body.isNull else { return [] }
        guard let text = body.string else { return nil }
        let octets = Octets(text: text)
        guard answer["isBase64Encoded"]?.bool == true else { return octets }
        // A REST API hands base64 on as it is, unless it was told that the type is binary.
        guard api.kind != .rest || api.binaryTypes.contains(where: { type.fits($0) }) else { return octets }
        return Base64.decode(octets)
    }
}
