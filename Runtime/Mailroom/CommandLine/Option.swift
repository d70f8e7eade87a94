/// One flag of a verb.
struct Option: Sendable {
    let name: String
    /// What the value is called in the help; nil for a switch.
    let value: String?
    let isRepeatable: Bool
    let help: String
    /// A switch's short spelling: `f` of `-f`.
    let letter: Character?

    /// A flag with a value: `--data DIR`.
    static func value(_ name: String, _ value: String, _ help: String, repeatable: Bool = false) -> Option {
        Option(name: name, value: value, isRepeatable: repeatable, help: help, letter: nil)
    }

    /// A flag without one: `--json`.
    static func flag(_ name: String, _ help: String, letter: Character? = nil) -> Option {
        Option(name: name, value: nil, isRepeatable: false, help: help, letter: letter)
    }

    static let data = value("data", "DIR", "data directory of the system (default .mailroom)")
    static let json = flag("json", "print JSON")
    static let endpoint = value(
        "endpoint", "URL", "talk to another system (keys from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)")
    static let organization = value("org", "ALIAS", "organization by alias or id (default: the only one there is)")
}
