import FunctionRuntime
import Lambda
import MailTypes
import MemoryStores
import Testing

/// The Lambda API over memory stores and a scripted host.
struct Workshop {
    let stores = MemoryStores()
    let time = ManualTime()
    let random = SeededRandom(7)
    let host: ScriptedHost
    let registry: FunctionRegistry
    let functions: RegisteredFunctions
    let links = CodeLinks { octets in octets.reversed() + [7] }
    let api: LambdaAPI

    static let zip = Octets(text: "PK-one")

    init(
        host: ScriptedHost = ScriptedHost(), permissions: any Permissions = KeyHoldersMayAll()
    ) {
        self.host = host
        registry = FunctionRegistry(records: stores, account: "000000000000", region: "us-east-1")
        functions = RegisteredFunctions(registry: registry, host: host, jobs: stores, time: time, random: random)
        api = LambdaAPI(
            LambdaServices(
                registry: registry, host: host, functions: functions, objects: stores, permissions: permissions,
                runtimes: RuntimeReadiness(host: host, patience: .seconds(60)), links: links))
    }

    struct Answer {
        var response: HTTPResponse
        var body: Octets
        var json: JSONValue { (try? JSONValue(parsing: body)) ?? .null }
        var status: Int { response.status }
        var error: String? { response.headers["x-amzn-ErrorType"] }
        var message: String? { json["message"]?.string ?? json["Message"]?.string }
        subscript(name: String) -> JSONValue? { json[name] }
    }

    func ask(
        _ method: String, _ path: String, _ body: JSONValue? = nil, raw: Octets? = nil, headers: HTTPFields = [:],
        query: String = "", caller: Caller = .key(id: "AKIA", principal: "root", region: "us-east-1", service: "lambda")
    ) async throws -> Answer {
        var headers = headers
        headers["Host"] = "localhost:8080"
        let request = HTTPRequest(
            method: method, path: path, query: query, headers: headers, body: .octets(raw ?? body?.octets ?? []),
            caller: caller, peer: NetworkAddress(host: "127.0.0.1", port: 1))
        let response = try await api.handle(request, in: .test("LambdaAPI", time: time, random: random))
        let answer = Answer(response: response, body: try await response.body.collect(upTo: 64 << 20))
        #expect(!Self.hasNull(answer.json), "what is not there is left out: \(method) \(path)")
        return answer
    }

    private static func hasNull(_ value: JSONValue) -> Bool {
        switch value {
        case .array(let elements): elements.contains { $0.isNull || hasNull($0) }
        case .object(let object): object.members.contains { $0.value.isNull || hasNull($0.value) }
        default: false
        }
    }

    @discardableResult
    func create(_ name: String = "f", _ more: [String: JSONValue] = [:]) async throws -> Answer {
        var body: JSONObject = JSONObject()
        body["FunctionName"] = .string(name)
        body["Runtime"] = "python3.12"
        body["Handler"] = "app.handler"
        body["Role"] = "arn:aws:iam::000000000000:role/r"
        body["Code"] = ["ZipFile": .string(Base64.encode(Self.zip).text)]
        for (name, value) in more { body[name] = value }
        return try await ask("POST", "/2015-03-31/functions", .object(body))
    }

    static let functions = "/2015-03-31/functions"
}

func expect(
    _ answer: Workshop.Answer, _ status: Int, _ name: String, _ text: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(answer.status == status, sourceLocation: sourceLocation)
    #expect(answer.error == name, sourceLocation: sourceLocation)
    #expect(
        text.isEmpty || answer.message?.contains(text) == true, "\(answer.message ?? "-")",
        sourceLocation: sourceLocation)
}
