import Directory
import FunctionRuntime
import MailTypes
import MemoryStores

/// An administrator's desk: the APIs over stores in memory, called by operation name.
final class Office: Sendable {
    let stores = MemoryStores()
    let time = ManualTime(MemoryStores.fixtureTime)
    let random = SeededRandom(11)
    let services: DirectoryServices
    static let owner = Caller.key(id: "AKID", principal: "root", region: "us-east-1", service: "workmail")

    /// - Parameter keepsRecords: the template grants `{ Records: write }`.
    init(verifiesDomainsAtOnce: Bool = true, keepsRecords: Bool = true, functions: (any UserFunctions)? = nil) {
        services = DirectoryServices(
            directory: stores, mailboxes: stores, rules: stores, records: keepsRecords ? stores : nil,
            settings: .init(
                mailHost: "mx.mailroom.test", webHost: "mail.mailroom.test",
                verifiesDomainsAtOnce: verifiesDomainsAtOnce),
            functions: functions, hash: { Secret("#" + $0.reveal()) })
    }

    func request(_ target: String, _ body: Octets, as caller: Caller = owner) async throws -> HTTPResponse {
        let request = HTTPRequest(
            method: "POST", path: "/", headers: ["X-Amz-Target": target], body: .octets(body), caller: caller,
            peer: NetworkAddress(host: "127.0.0.1", port: 1))
        let context = Context.test("WorkMailAPI", time: time, random: random)
        if target.hasPrefix("Mailroom.") { return try await Administration(services).handle(request, in: context) }
        return try await WorkMailAPI(services).handle(request, in: context)
    }

    /// The answer of an operation that works.
    @discardableResult
    func call(_ target: String, _ input: JSONValue) async throws -> JSONValue {
        let response = try await request(target.contains(".") ? target : "WorkMailService.\(target)", input.octets)
        let answer = try JSONValue(parsing: try await response.body.collect(upTo: 1 << 20))
        guard response.status == 200 else {
            throw Refused(name: answer["__type"]?.string ?? "?", message: answer["Message"]?.string ?? "")
        }
        return answer
    }

    /// The `__type` with which an operation is refused; nil when it works.
    func refusal(_ target: String, _ input: JSONValue) async throws -> String? {
        do {
            try await call(target, input)
            return nil
        } catch let refused as Refused {
            return refused.name
        }
    }

    struct Refused: Error {
        let name: String
        let message: String
    }

    /// An organization with the domain acme.example.
    func organization(alias: String = "acme", domain: String = "acme.example") async throws -> JSONValue {
        let answer = try await call("CreateOrganization", ["Alias": .string(alias)])
        let id = answer["OrganizationId"] ?? ""
        try await call("RegisterMailDomain", ["OrganizationId": id, "DomainName": .string(domain)])
        return id
    }

    /// A registered user of that organization.
    func user(_ name: String, in organization: JSONValue, domain: String = "acme.example") async throws -> JSONValue {
        let answer = try await call(
            "CreateUser",
            [
                "OrganizationId": organization, "Name": .string(name), "DisplayName": .string(name),
                "Password": "Secret-123",
            ])
        let id = answer["UserId"] ?? ""
        try await call(
            "RegisterToWorkMail",
            ["OrganizationId": organization, "EntityId": id, "Email": .string("\(name)@\(domain)")])
        return id
    }
}
