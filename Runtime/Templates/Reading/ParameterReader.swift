import MailTypes

/// Reads the Parameters section and the values given for it.
struct ParameterReader {
    /// Octets of a parameter's value; CloudFormation's limit.
    static let limitOctets = 4096

    private static let keys = [
        "Type", "Description", "Default", "AllowedPattern", "AllowedValues", "NoEcho", "MinValue", "MaxValue",
        "MinLength", "MaxLength", "ConstraintDescription",
    ]
    private static let types = ["String", "Number", "CommaDelimitedList", "List<Number>", "List<String>"]
    /// How a type begins whose value is the name of a parameter in the Parameter Store.
    private static let stored = "AWS::SSM::Parameter::Value<"

    let problems: ProblemCollector
    let given: [String: String]
    let previous: [String: String]
    /// The Parameter Store's values by name.
    let store: [String: String]

    /// The parameters in their order. Those with a problem are among them, so that references to them are none.
    func read(_ section: TemplateNode?) -> [TemplateParameter] {
        var parameters: [TemplateParameter] = []
        for entry in section?.entries ?? [] { parameters.append(read(entry)) }
        let names = parameters.map(\.name)
        for name in given.keys.sorted() where !names.contains(name) {
            problems.add(
                "the template has no parameter \(name)", at: section?.position ?? .start, misspelt: name,
                candidates: names)
        }
        return parameters
    }

    private func read(_ entry: TemplateNode.Entry) -> TemplateParameter {
        let name = entry.key
        if !name.utf8.allSatisfy({ $0.isASCIILetter || $0.isASCIIDigit }) || name.isEmpty {
            problems.add("the name of a parameter has letters and digits only", at: entry.keyPosition)
        }
        for key in entry.value.entries ?? [] where !Self.keys.contains(key.key) {
            problems.add(
                "a parameter has no key \(key.key)", at: key.keyPosition, misspelt: key.key, candidates: Self.keys)
        }
        if entry.value.entries == nil {
            problems.add("a parameter is a map with a Type, not \(entry.value.kindName)", at: entry.value.position)
        }
        let type = text(entry.value["Type"]) ?? "String"
        if entry.value.entries != nil, entry.value["Type"] == nil {
            problems.add("parameter \(name) needs a Type", at: entry.keyPosition)
        } else if let node = entry.value["Type"], !Self.types.contains(type), !type.hasPrefix("AWS::"),
            !type.hasPrefix("List<AWS::")
        {
            problems.add(
                "\(type) is not the type of a parameter", at: node.position, misspelt: type, candidates: Self.types)
        }
        let isSecret = text(entry.value["NoEcho"]).map { ScalarForm(plain: $0) == .boolean(true) } ?? false
        var value: TemplateValue
        if let text = given[name] ?? previous[name] {
            value = checked(text, type, name, entry, isSecret: isSecret, at: entry.keyPosition)
        } else if let node = entry.value["Default"] {
            value = checked(text(node) ?? "", type, name, entry, isSecret: isSecret, at: node.position)
        } else {
            if entry.value.entries != nil {
                let about = self.text(entry.value["Description"]).map { " (\($0))" } ?? ""
                problems.add("parameter \(name) has no Default and was given no value\(about)", at: entry.keyPosition)
            }
            value = Self.value("", type, at: entry.keyPosition)
        }
        var missing: String?
        if type.hasPrefix(Self.stored), let key = value.text {
            let inner = String(type.dropFirst(Self.stored.utf8.count).dropLast())
            missing = store[key] == nil ? key : nil
            value = store[key].map { Self.value($0, inner, at: value.position) } ?? value
        }
        return TemplateParameter(
            name: name, type: type, value: value, missing: missing,
            isDefault: given[name] == nil && previous[name] == nil,
            isSecret: isSecret,
            description: text(entry.value["Description"]), position: entry.keyPosition)
    }

    private func checked(
        _ text: String, _ type: String, _ name: String, _ entry: TemplateNode.Entry, isSecret: Bool,
        at position: SourcePosition
    ) -> TemplateValue {
        let value = Self.value(text, type, at: position)
        let shown = isSecret ? "its value" : text.isEmpty ? "the empty text" : text
        let hint = self.text(entry.value["ConstraintDescription"]).map { " (\($0))" } ?? ""
        func refuse(_ why: String) { problems.add("parameter \(name): \(shown) \(why)\(hint)", at: position) }
        if text.utf8.count > Self.limitOctets {
            problems.add("parameter \(name) has more than \(Self.limitOctets) octets", at: position)
            return value
        }
        for part in value.list?.compactMap(\.text) ?? [text] {
            if type == "Number" || type == "List<Number>" {
                guard let number = Double(part), ScalarForm.isNumber(part) else {
                    refuse("is not a number")
                    continue
                }
                if let least = limit(entry, "MinValue"), number < least { refuse("is less than MinValue") }
                if let most = limit(entry, "MaxValue"), number > most { refuse("is more than MaxValue") }
            }
            if let least = limit(entry, "MinLength"), Double(part.count) < least { refuse("is shorter than MinLength") }
            if let most = limit(entry, "MaxLength"), Double(part.count) > most { refuse("is longer than MaxLength") }
            if let node = entry.value["AllowedValues"] {
                let allowed = (node.elements ?? []).compactMap(self.text)
                if !allowed.contains(part) {
                    problems.add(
                        "parameter \(name): \(shown) is not one of \(allowed.joined(separator: ", "))\(hint)",
                        at: position,
                        misspelt: isSecret ? nil : part, candidates: allowed)
                }
            }
            if let node = entry.value["AllowedPattern"], let pattern = self.text(node) {
                guard let regex = try? Regex(pattern) else {
                    problems.add("\(pattern) is not a regular expression", at: node.position)
                    continue
                }
                if (try? regex.wholeMatch(in: part)) == nil { refuse("does not match \(pattern)") }
            }
        }
        return value
    }

    private func limit(_ entry: TemplateNode.Entry, _ key: String) -> Double? {
        guard let node = entry.value[key] else { return nil }
        guard let text = text(node), let number = Double(text) else {
            problems.add("\(key) is a number", at: node.position)
            return nil
        }
        return number
    }

    /// A scalar as it was written.
    private func text(_ node: TemplateNode?) -> String? {
        guard let node else { return nil }
        if case .scalar(let text, _) = node.kind, node.tag == nil { return text }
        problems.add("a text is wanted here, not \(node.tag ?? node.kindName)", at: node.position)
        return nil
    }

    private static func value(_ text: String, _ type: String, at position: SourcePosition) -> TemplateValue {
        switch type {
        case "Number": return TemplateValue(.number(text), at: position)
        case _ where type == "CommaDelimitedList" || type.hasPrefix("List<"):
            if text.isEmpty { return TemplateValue(.list([]), at: position) }
            let elements = text.split(separator: ",", omittingEmptySubsequences: false).map { part in
                let trimmed = part.utf8.drop { $0.isBlank }.reversed().drop { $0.isBlank }.reversed()
                let element = String(decoding: Array(trimmed), as: UTF8.self)
                return TemplateValue(type == "List<Number>" ? .number(element) : .string(element), at: position)
            }
            return TemplateValue(.list(elements), at: position)
        default: return TemplateValue(.string(text), at: position)
        }
    }
}
