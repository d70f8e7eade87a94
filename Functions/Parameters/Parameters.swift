import AWSWire
import FunctionRuntime
import MailTypes

/// Systems Manager's Parameter Store: AWS JSON 1.1, `X-Amz-Target: AmazonSSM.*`.
public struct Parameters: Handler {
    public typealias Event = HTTPRequest
    public typealias Outcome = HTTPResponse

    let records: any RecordStore
    let permissions: any Permissions
    let place: ServicePlace

    /// Needs the records it keeps, and who may what.
    public init(records: any RecordStore, permissions: any Permissions, place: ServicePlace) {
        (self.records, self.permissions, self.place) = (records, permissions, place)
    }

    public func handle(_ event: HTTPRequest, in context: Context) async throws -> HTTPResponse {
        try await Self.table.answer(event, with: self, in: context) { services, call in
            try await services.authorize(call)
        }
    }

    static let table = OperationTable<Parameters>(prefix: "AmazonSSM.", reading + writing) {
        "\($0) is not offered; of Systems Manager there are the Parameter Store's operations"
    }

    /// One permission for each parameter that is named.
    private func authorize(_ call: Call) async throws {
        let names =
            call.input["Names"] != nil
            ? call.input.texts("Names") : [call.input.text("Name") ?? call.input.text("Path") ?? "*"]
        for name in names {
            try await permissions.require(call.asker, "ssm:\(call.operation)", on: arn(Self.name(name)))
        }
    }

    /// `arn:aws:ssm:…:parameter/NAME`; the slash a name may begin with is the one that is there already.
    func arn(_ name: String) -> String {
        place.arn("ssm", "parameter" + (name.hasPrefix("/") ? name : "/" + name))
    }

    /// The name in a name, a name with a version, or an ARN.
    static func name(_ text: String) -> String {
        var text = text
        if text.hasPrefix("arn:") {
            let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
            guard parts.count == 6, parts[5].hasPrefix("parameter/") else { return text }
            text = String(parts[5].dropFirst("parameter".count))
            // `/a/b` stands for itself; `/a` is the parameter `a`.
            if text.dropFirst().firstIndex(of: "/") == nil { text.removeFirst() }
        }
        return text.split(separator: ":").first.map(String.init) ?? text
    }

    /// The version or label after a name's colon.
    static func selector(_ text: String) -> String? {
        guard !text.hasPrefix("arn:"), let colon = text.firstIndex(of: ":") else { return nil }
        return String(text[text.index(after: colon)...])
    }

    /// The parameter that a text names.
    func parameter(_ text: String) async throws -> StoredParameter {
        let name = Self.name(text)
        var found = try await records.value(StoredParameter.key(name), as: StoredParameter.self)?.value
        if found == nil, text.hasPrefix("arn:") {
            found = try await records.value(StoredParameter.key("/" + name), as: StoredParameter.self)?.value
        }
        guard let parameter = found else { throw Self.notFound(name) }
        if let selector = Self.selector(text), selector != String(parameter.version) {
            throw ServiceFailure(
                ServiceFailure.Code("ParameterVersionNotFound"),
                "Systems Manager could not find version \(selector) of \(name). The newest one is kept.")
        }
        return parameter
    }

    static func notFound(_ name: String) -> ServiceFailure {
        ServiceFailure(ServiceFailure.Code("ParameterNotFound"), "there is no parameter \(name)")
    }

    /// What stands for a SecureString's value when nobody asked for it in clear.
    static let hidden = "****"

    /// A parameter as answers show it.
    func shown(_ parameter: StoredParameter, decrypted: Bool) -> JSONValue {
        .members([
            "Name": .string(parameter.name), "Type": .string(parameter.type),
            "Value": .string(parameter.type == "SecureString" && !decrypted ? Self.hidden : parameter.value),
            "Version": .integer(Int64(parameter.version)), "LastModifiedDate": .timestamp(parameter.modifiedAt),
            "ARN": .string(arn(parameter.name)), "DataType": "text",
        ])
    }
}
