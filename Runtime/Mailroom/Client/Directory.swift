import FunctionRuntime
import MailTypes

extension API {
    /// The organization that `--org` names by alias or id; the only one when it names none.
    func organization(_ arguments: Arguments) throws(Refusal) -> String {
        let list = try all("ListOrganizations", "OrganizationSummaries", [:]).filter { $0["State"]?.string == "Active" }
        if let wanted = arguments["org"] {
            let found = list.first { $0["OrganizationId"]?.string == wanted || $0["Alias"]?.string == wanted }
            guard let id = found?["OrganizationId"]?.string else {
                throw .failed("no organization \(wanted)", next: "see: mailroom org list")
            }
            return id
        }
        guard list.count == 1, let id = list[0]["OrganizationId"]?.string else {
            throw .failed(
                list.isEmpty ? "there is no organization yet" : "there are \(list.count) organizations",
                next: list.isEmpty ? "make one: mailroom org create ALIAS" : "name one with --org")
        }
        return id
    }

    /// Elements of a list that one cell of a table shows; a function may have a dozen routes.
    private static let shownInCell = 2

    /// Prints a list: JSON with `--json`, else a table.
    static func show(_ arguments: Arguments, _ elements: [JSONValue], _ columns: [(String, String)]) {
        if arguments.has("json") { return Output.print(JSONValue.array(elements).text) }
        Output.table(
            columns.map(\.0), elements.map { element in columns.map { API.cell(element[$0.1], most: shownInCell) } })
    }

    /// Prints one thing: JSON with `--json`, else its members one a line.
    static func show(_ arguments: Arguments, _ thing: JSONValue) {
        if arguments.has("json") { return Output.print(thing.text) }
        let members = thing.object?.members ?? []
        let width = members.map(\.name.count).max() ?? 0
        for (name, value) in members {
            // Moments are seconds in the API, and dates to people.
            let moment = name.hasSuffix("Date") ? value.number.map { Timestamp(milliseconds: Int64($0 * 1000)) } : nil
            let value = moment.map { .string($0.rfc3339) } ?? value
            Output.print("\(name)\(String(repeating: " ", count: width - name.count))  \(cell(value))")
        }
    }

    private static func cell(_ value: JSONValue?, most: Int = .max) -> String {
        switch value {
        case nil, .null?, .array([])?: "-"
        case .string(let text)?: text
        case .array(let elements)?:
            elements.prefix(most).map { cell($0) }.joined(separator: ", ")
                + (elements.count > most ? " and \(elements.count - most) more" : "")
        case let other?: other.text
        }
    }
}
