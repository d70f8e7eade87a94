import MailTypes

/// What `sam deploy --guided` left beside a template: `samconfig.toml`, of which the deploy parameters of the default
/// environment are read, so that nobody types them again (reference/functions.md §3.2).
///
/// A subset of TOML: tables `[default.deploy.parameters]` and `[default.global.parameters]`; strings in double or single
/// quotes, lists of them, booleans; comments. Other tables and keys are passed over.
struct SamConfig: Sendable, Equatable {
    var stack: String?
    var region: String?
    var parameters: [String: String] = [:]

    /// The configuration beside a template; empty where there is none.
    static func beside(_ template: String) -> SamConfig {
        let folder = template.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        let start = template.hasPrefix("/") && folder.isEmpty ? "/" : folder.isEmpty ? "." : folder
        guard let octets = try? File.read("\(start)/samconfig.toml") else { return SamConfig() }
        return SamConfig(octets.text)
    }

    /// Nothing configured.
    init() {}

    /// Reads a file's text.
    init(_ text: String) {
        var table = ""
        // A text's CR LF is one character, which is no LF.
        var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)[...]
        while var line = lines.popFirst().map({ Self.trimmed($0) }) {
            if line.isEmpty || line.hasPrefix("#") { continue }
            if line.hasPrefix("[") {
                table = String(line.dropFirst().prefix { $0 != "]" })
                continue
            }
            guard ["default.deploy.parameters", "default.global.parameters"].contains(table),
                let equals = line.firstIndex(of: "=")
            else { continue }
            let key = Self.trimmed(line[..<equals])
            // A list may go over several lines.
            while line.contains("["), !line.contains("]"), let more = lines.popFirst() { line += " " + more }
            let values = Self.strings(line[line.index(after: equals)...])
            switch key {
            case "stack_name": stack = values.first
            case "region": region = values.first
            case "parameter_overrides": for value in values { add(value) }
            default: continue
            }
        }
    }

    /// `A="1" B=2`: blanks between assignments, quotes around values that hold some.
    private mutating func add(_ overrides: String) {
        var rest = Substring(overrides)
        while true {
            rest = rest.drop { $0 == " " || $0 == "\t" || $0 == "\n" }
            guard let equals = rest.firstIndex(of: "=") else { return }
            let name = String(rest[..<equals])
            rest = rest[rest.index(after: equals)...]
            if let quote = rest.first, quote == "\"" || quote == "'" {
                rest = rest.dropFirst()
                let value = rest.prefix { $0 != quote }
                parameters[name] = String(value)
                rest = rest.dropFirst(value.count + 1)
            } else {
                let value = rest.prefix { $0 != " " && $0 != "\t" && $0 != "\n" }
                parameters[name] = String(value)
                rest = rest.dropFirst(value.count)
            }
        }
    }

    /// The quoted strings of a value, one or a list.
    private static func strings(_ text: Substring) -> [String] {
        var found: [String] = []
        var rest = text
        while let start = rest.firstIndex(where: { $0 == "\"" || $0 == "'" || $0 == "#" }), rest[start] != "#" {
            let quote = rest[start]
            var value = ""
            var place = rest.index(after: start)
            while place < rest.endIndex, rest[place] != quote {
                // Double quotes know escapes, single ones do not.
                if quote == "\"", rest[place] == "\\", rest.index(after: place) < rest.endIndex {
                    place = rest.index(after: place)
                    value.append(rest[place] == "n" ? "\n" : rest[place] == "t" ? "\t" : rest[place])
                } else {
                    value.append(rest[place])
                }
                place = rest.index(after: place)
            }
            found.append(value)
            rest = place < rest.endIndex ? rest[rest.index(after: place)...] : ""
        }
        return found
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        let octets = text.utf8.drop { $0.isBlank || $0 == .cr }
        return String(decoding: octets.reversed().drop { $0.isBlank || $0 == .cr }.reversed(), as: UTF8.self)
    }
}
