import FoundationEssentials
import Glibc
import MailTypes

/// Where a running system is and how to reach it (design/contract.md "The card"). Kept in the data directory for the
/// verbs that talk to the system; readable by its owner only, since it holds keys.
struct Card: Codable, Sendable {
    struct Keys: Codable, Sendable {
        var endpoint: String
        var accessKeyId: String
        var secretAccessKey: String
    }

    struct OrganizationFacts: Codable, Sendable {
        var id: String
        var alias: String
        var domain: String
    }

    struct User: Codable, Sendable {
        var email: String
        var password: String
    }

    var ready = true
    var pid: Int32
    var data: String
    var account: String
    var region: String
    var endpoints: [String: String]
    /// Where this machine itself reaches the mx: a host name need not lead back here, or be known at all.
    var smtp: String?
    var ca: String?
    var aws: Keys
    var organization: OrganizationFacts?
    var users: [User]?

    static func path(in directory: String) -> String { "\(directory)/card.json" }

    /// The card of the system that runs on this data directory; refuses with the next step when there is none.
    static func read(in directory: String) throws(Refusal) -> Card {
        guard File.exists(path(in: directory)) else {
            throw .failed(
                "no system runs on \(directory)",
                next: "start one with: mailroom dev --data \(directory), or name it with --data")
        }
        let octets = try File.read(path(in: directory))
        guard let card = try? JSONDecoder().decode(Card.self, from: Data(octets)) else {
            throw .failed("\(path(in: directory)) is damaged", next: "start the system again")
        }
        guard kill(card.pid, 0) == 0 || errno == EPERM else {
            throw .failed(
                "the system on \(directory) (pid \(card.pid)) has stopped",
                next: "start it with: mailroom dev --data \(directory)")
        }
        return card
    }

    /// One line of JSON, members in the contract's order.
    var json: String {
        func quoted(_ text: String) -> String {
            (try? JSONEncoder.plain.encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
        }
        let order = ["mx", "submission", "submissions", "imap", "imaps", "http", "https"]
        var members = [
            "\"ready\":\(ready)", "\"pid\":\(pid)", "\"data\":\(quoted(data))", "\"account\":\(quoted(account))",
            "\"region\":\(quoted(region))",
        ]
        let places = order.compactMap { name in endpoints[name].map { "\(quoted(name)):\(quoted($0))" } }
        members.append("\"endpoints\":{\(places.joined(separator: ","))}")
        if let smtp { members.append("\"smtp\":\(quoted(smtp))") }
        if let ca { members.append("\"ca\":\(quoted(ca))") }
        members.append(
            "\"aws\":{\"endpoint\":\(quoted(aws.endpoint)),\"accessKeyId\":\(quoted(aws.accessKeyId)),\"secretAccessKey\":\(quoted(aws.secretAccessKey))}"
        )
        if let organization {
            members.append(
                "\"organization\":{\"id\":\(quoted(organization.id)),\"alias\":\(quoted(organization.alias)),\"domain\":\(quoted(organization.domain))}"
            )
        }
        if let users {
            members.append(
                "\"users\":[\(users.map { "{\"email\":\(quoted($0.email)),\"password\":\(quoted($0.password))}" }.joined(separator: ","))]"
            )
        }
        return "{\(members.joined(separator: ","))}"
    }

    /// The same facts for a person, with the next three commands to try.
    var table: String {
        var lines = ["", "Mailroom is ready.", ""]
        func row(_ name: String, _ value: String) {
            lines.append("  \(name)\(String(repeating: " ", count: max(1, 14 - name.count)))\(value)")
        }
        for name in ["mx", "submission", "submissions", "imap", "imaps", "http", "https"] {
            if let place = endpoints[name] { row(name, place) }
        }
        if let organization { row("organization", "\(organization.alias)  \(organization.domain)  \(organization.id)") }
        for user in users ?? [] { row("user", "\(user.email)  password \(user.password)") }
        if let ca { row("CA", ca) }
        row("data", "\(data)  (pid \(pid))")
        let flag = data == ".mailroom" ? "" : " --data \(data)"
        let to = users?.first?.email ?? "somebody@your.domain"
        lines += [
            "", "Try, in another terminal:",
            "  mailroom send --to \(to) --subject Hello --body \"It works\"\(flag)",
            "  mailroom trace last\(flag)",
            "  eval \"$(mailroom env\(flag))\" && aws workmail list-organizations", "", "Ctrl-C stops it.",
        ]
        return lines.joined(separator: "\n")
    }
}

extension JSONEncoder {
    /// Without escaped slashes, members sorted.
    static var plain: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }

    /// The same over several lines, for people.
    static var pretty: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        return encoder
    }
}
