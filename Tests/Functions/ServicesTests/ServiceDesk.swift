import AWSWire
import FunctionRuntime
import MailTypes
import MemoryStores
import Testing

/// Services over stores in memory, called as SDKs call them.
struct ServiceDesk: Sendable {
    let stores = MemoryStores()
    let keys = SessionKeys()
    let time = ManualTime(MemoryStores.fixtureTime)
    let random = SeededRandom(11)
    let place = ServicePlace(region: "us-east-1", account: "000000000000")
    static let owner = Caller.key(id: "AKID", principal: "root", region: "us-east-1", service: "any")

    var permissions: RolePermissions { RolePermissions(keys: keys, records: stores, log: .silent) }

    /// A caller with a role of one statement.
    func session(_ actions: [String], on resource: String = "*", role: String = "r", trust: String? = nil) async throws
        -> Caller
    {
        let list = actions.map { "\"\($0)\"" }.joined(separator: ",")
        let arn = "arn:aws:iam::000000000000:role/\(role)"
        let document = #"{"Statement":{"Effect":"Allow","Action":[\#(list)],"Resource":"\#(resource)"}}"#
        try await stores.apply([
            try .put(
                Role.key(role),
                encoding: Role(
                    name: role, arn: arn, id: "AROA", trust: trust, inline: ["p": document], createdAt: time.now()))
        ])
        let key = keys.issue(role: arn, sessionName: "f", account: "000000000000", expiresAt: nil, random: random)
        return .key(id: key.id, principal: key.principal, region: "us-east-1", service: "any")
    }

    /// Calls an operation in JSON.
    func call<Service: Handler<HTTPRequest, HTTPResponse>>(
        _ service: Service, _ target: String, _ input: JSONValue, as caller: Caller = owner
    ) async throws -> JSONValue {
        let response = try await service.handle(
            HTTPRequest(
                method: "POST", path: "/",
                headers: ["X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"],
                body: .octets(input.octets), caller: caller, peer: NetworkAddress(host: "127.0.0.1", port: 1)),
            in: .test(time: time, random: random))
        let answer = try JSONValue(parsing: try await response.body.collect(upTo: 1 << 22), limitOctets: 1 << 22)
        guard response.status == 200 else { throw Refused(name: answer["__type"]?.string ?? "?") }
        return answer
    }

    /// Calls an operation with a form. Returns status and XML.
    func form<Service: Handler<HTTPRequest, HTTPResponse>>(
        _ service: Service, _ items: [String: String], as caller: Caller = owner
    ) async throws -> (status: Int, xml: String) {
        let text = items.sorted { $0.key < $1.key }.map {
            "\($0.key)=\(Octets(PercentCoding.encode(Octets(text: $0.value))).text)"
        }.joined(separator: "&")
        let response = try await service.handle(
            HTTPRequest(
                method: "POST", path: "/", headers: ["Content-Type": "application/x-www-form-urlencoded"],
                body: .octets(Octets(text: text)), caller: caller, peer: NetworkAddress(host: "127.0.0.1", port: 1)),
            in: .test(time: time, random: random))
        return (response.status, try await response.body.collect(upTo: 1 << 22).text)
    }

    struct Refused: Error, Equatable {
        let name: String
    }
}
