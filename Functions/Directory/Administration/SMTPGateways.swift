import AWSWire
import FunctionRuntime
import MailPolicy
import MailTypes

// SMTP gateways, which outbound rules send mail through (reference/email-flow.md §3.6).
extension Administration {
    /// Gateways an organization can have; WorkMail's number is not published.
    static let gatewaysMax = 100
    /// The port for mail that is handed over with a login (RFC 6409 §3.1).
    private static let usualPort: UInt16 = 587

    private static let oneGateway: [Member] = [
        .required("OrganizationId", .organizationID), .required("Name", .gatewayName),
    ]
    private static let reachedAt: [Member] = [
        .optional("Port", .integer(1...65535)), .optional("Password", .credential(1...256)),
    ]

    static let gatewayOperations: [Operation<DirectoryServices>] = [
        .init(
            "CreateSmtpGateway",
            oneGateway + reachedAt + [
                .required("HostName", .gatewayHost), .optional("UserName", .credential(1...256)),
            ]
        ) { services, input, _ in
            let records = try services.gatewayRecords(for: "CreateSmtpGateway")
            try await services.usable(input.organization)
            var gateway = SMTPGateway(name: input.required("Name"), host: "", port: usualPort)
            try gateway.change(as: input)
            let known = try await records.records(of: .smtpGateway, prefix: "\(input.organization)/")
            guard known.count < gatewaysMax else {
                throw APIFailure(.limitExceeded, "an organization has at most \(gatewaysMax) SMTP gateways")
            }
            let key = SMTPGateway.key(gateway.name, in: input.organization)
            let new = try RecordChange.put(key, encoding: gateway, expecting: 0)
            let taken = APIFailure(.nameAvailability, "there is an SMTP gateway \(gateway.name) already")
            try await services.telling(.exists, as: taken) { () throws(StoreFailure) in try await records.apply([new]) }
            return JSONObject()
        },
        // What is not given stays as it is, the password too.
        .init(
            "UpdateSmtpGateway",
            oneGateway + reachedAt + [
                .optional("HostName", .gatewayHost), .optional("UserName", .credential(0...256)),
            ]
        ) { services, input, _ in
            let records = try services.gatewayRecords(for: "UpdateSmtpGateway")
            try await services.usable(input.organization)
            try await services.updateGateway(input, records)
            return JSONObject()
        },
        .init("DeleteSmtpGateway", oneGateway) { services, input, _ in
            let records = try services.gatewayRecords(for: "DeleteSmtpGateway")
            try await services.usable(input.organization)
            let gateway = try await services.gateway(input, records).value
            try await services.requireUnused(gateway, in: input.organization)
            try await records.apply([.delete(SMTPGateway.key(gateway.name, in: input.organization))])
            return JSONObject()
        },
        .init("DescribeSmtpGateway", oneGateway) { services, input, _ in
            let records = try services.gatewayRecords(for: "DescribeSmtpGateway")
            try await services.usable(input.organization)
            return try await services.gateway(input, records).value.json
        },
        .init(
            "ListSmtpGateways",
            [
                .required("OrganizationId", .organizationID), .optional("MaxResults", .maxResults),
                .optional("NextToken", .nextToken),
            ]
        ) { services, input, _ in
            let records = try services.gatewayRecords(for: "ListSmtpGateways")
            try await services.usable(input.organization)
            var gateways: [SMTPGateway] = []
            for record in try await records.records(of: .smtpGateway, prefix: "\(input.organization)/") {
                gateways.append(try record.decoded(as: SMTPGateway.self))
            }
            return try Page(of: gateways, for: input, operation: "ListSmtpGateways", size: gatewaysMax) { $0.name }
                .output("Gateways") { .object($0.json) }
        },
    ]
}

extension DirectoryServices {
    /// What a rule's sender will miss: a gateway that is not there. Nil where nothing is missing, or nobody can tell.
    func warning(aboutGateway name: String, in organization: OrganizationID) async throws -> String? {
        guard let records, try await records.record(SMTPGateway.key(name, in: organization)) == nil else { return nil }
        return "there is no SMTP gateway \(name) yet: mailroom gateway create --name \(name) --host HOST"
    }

    fileprivate func gatewayRecords(for operation: String) throws(APIFailure) -> any RecordStore {
        try keptRecords(for: operation, grantedTo: "Administration")
    }

    /// The gateway that the input names.
    fileprivate func gateway(_ input: Input, _ records: any RecordStore) async throws -> (
        value: SMTPGateway, revision: Int
    ) {
        let name = input.required("Name")
        let key = SMTPGateway.key(name, in: input.organization)
        guard let found = try await records.value(key, as: SMTPGateway.self) else {
            throw APIFailure(.resourceNotFound, "there is no SMTP gateway \(name)")
        }
        return found
    }

    fileprivate func updateGateway(_ input: Input, _ records: any RecordStore) async throws {
        while true {
            var (gateway, revision) = try await gateway(input, records)
            try gateway.change(as: input)
            do {
                let key = SMTPGateway.key(gateway.name, in: input.organization)
                return try await records.apply([try .put(key, encoding: gateway, expecting: revision)])
            } catch {
                // Somebody else's change came first, and this one is made to what it left.
                guard case .conflict = error else { throw error }
            }
        }
    }

    /// Refuses a gateway that a rule names: its mail would have no way out.
    fileprivate func requireUnused(_ gateway: SMTPGateway, in organization: OrganizationID) async throws {
        let users = try await rules.rules(of: organization, direction: .outbound)
            .filter { $0.action == .smtpGateway(gateway.name) }
        guard let first = users.first else { return }
        let others = users.count > 1 ? ", and \(users.count - 1) more rules do" : ""
        throw APIFailure(
            .resourceInUse,
            "outbound rule \(first.name) sends through SMTP gateway \(gateway.name)\(others); change or delete that first"
        )
    }
}

extension SMTPGateway {
    /// Takes over what the input gives. A login is whole or not there; an empty UserName ends it.
    fileprivate mutating func change(as input: Input) throws(APIFailure) {
        if let host = input.text("HostName") { self.host = DomainName.canonical(host) }
        if let port = input.integer("Port").flatMap({ UInt16(exactly: $0) }) { self.port = port }
        if let user = input.text("UserName") { self.user = user.isEmpty ? nil : user }
        if let password = input.text("Password") {
            self.password = Secret(password)
        } else if user == nil {
            password = nil
        }
        guard (user == nil) == (password == nil) else { throw .invalid("UserName and Password go together") }
    }

    /// As the API shows it: without the password.
    fileprivate var json: JSONObject {
        JSONObject([
            "Name": .string(name), "HostName": .string(host), "Port": .integer(Int64(port)), "UserName": .text(user),
            "HasPassword": .bool(password != nil),
        ])
    }
}

extension Shape {
    fileprivate static let gatewayName = text(1...256, "holds a control character, or starts or ends with a blank") {
        isPrintable($0) && $0.first?.isWhitespace == false && $0.last?.isWhitespace == false
    }

    fileprivate static let gatewayHost = text(1...255, "is neither a host name nor an IP address") { text in
        if NetworkAddress(host: text, port: 0).reverseName != nil { return true }
        let name = DomainName.canonical(text)
        // One label is a name in a network of one's own; a last one of digits is an address gone wrong (RFC 1123 §2.1).
        let last = name.split(separator: ".", omittingEmptySubsequences: false).last ?? ""
        return DomainName.isHostName("a." + name) && !last.utf8.allSatisfy(\.isASCIIDigit)
    }

    /// A user name or password: control characters have a meaning in AUTH (RFC 4616 §2).
    fileprivate static func credential(_ length: ClosedRange<Int>) -> Shape {
        text(length, "holds a control character") { isPrintable($0) }
    }

    private static func isPrintable(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }
    }
}
