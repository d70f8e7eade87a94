import MailTypes
import Templates

/// Reads the properties of one resource, or of a map within them, and tells what does not fit.
struct PropertyReader {
    /// What the map is called in problems: `AWS::S3::Bucket Inbox`.
    let owner: String
    let map: TemplateMap
    let position: SourcePosition
    let notes: PlanNotes

    init(_ resource: TemplateResource, _ notes: PlanNotes) {
        owner = "\(resource.type) \(resource.logicalID)"
        (map, position, self.notes) = (resource.properties, resource.position, notes)
    }

    init(_ owner: String, _ value: TemplateValue, _ notes: PlanNotes) {
        self.owner = owner
        if value.map == nil { notes.problem("\(owner) is a map", at: value.position) }
        (map, position, self.notes) = (value.map ?? TemplateMap([]), value.position, notes)
    }

    subscript(key: String) -> TemplateValue? { map[key] }

    /// Where a key's value stands, or the map when it has none.
    func place(_ key: String) -> SourcePosition { map[key]?.position ?? position }

    /// Tells every key that is none of these, and those that have no effect here.
    func expect(_ known: [String], ignored: [String] = []) {
        for entry in map.entries where !known.contains(entry.key) {
            if ignored.contains(entry.key) {
                notes.warn("\(entry.key) of \(owner) is accepted and has no effect here", at: entry.keyPosition)
            } else {
                notes.problem(
                    "\(owner) has no property \(entry.key)", at: entry.keyPosition,
                    suggestion: Suggestion.nearest(to: entry.key, in: known))
            }
        }
    }

    func text(_ key: String, required: Bool = false) -> String? {
        guard let value = map[key] else {
            if required { notes.problem("\(owner) needs \(key)", at: position) }
            return nil
        }
        guard let text = value.text else {
            notes.problem("\(key) of \(owner) is a text", at: value.position)
            return nil
        }
        if required, text.isEmpty { notes.problem("\(key) of \(owner) is empty", at: value.position) }
        return text
    }

    func integer(_ key: String, in range: ClosedRange<Int>) -> Int? {
        guard let value = map[key] else { return nil }
        guard let number = value.integer, range.contains(number) else {
            notes.problem(
                "\(key) of \(owner) is \(value.text ?? "no number"); it goes from \(range.lowerBound) to \(range.upperBound)",
                at: value.position)
            return nil
        }
        return number
    }

    func choice(_ key: String, of choices: [String]) -> String? {
        guard let text = text(key) else { return nil }
        guard choices.contains(text) else {
            notes.problem(
                "\(key) of \(owner) is \(text); it is one of \(choices.joined(separator: ", "))", at: place(key),
                suggestion: Suggestion.nearest(to: text, in: choices))
            return nil
        }
        return text
    }

    func boolean(_ key: String) -> Bool? {
        guard let value = map[key] else { return nil }
        if value.boolean == nil { notes.problem("\(key) of \(owner) is true or false", at: value.position) }
        return value.boolean
    }

    /// A list; one value that is none counts as a list of it, as in most of CloudFormation's examples.
    func list(_ key: String) -> [TemplateValue] {
        guard let value = map[key] else { return [] }
        return value.list ?? [value]
    }

    /// A list of texts.
    func texts(_ key: String) -> [String] {
        list(key).compactMap { value in
            if value.text == nil { notes.problem("\(key) of \(owner) holds texts", at: value.position) }
            return value.text
        }
    }

    /// The map under a key.
    func inner(_ key: String) -> PropertyReader? { map[key].map { PropertyReader("\(key) of \(owner)", $0, notes) } }

    /// Names and texts, as tags and variables are: a map, or a list of `Key` and `Value`.
    func pairs(_ key: String) -> [String: String] {
        guard let value = map[key] else { return [:] }
        var pairs: [String: String] = [:]
        for element in value.list ?? [] {
            if let name = element["Key"]?.text, let text = element["Value"]?.text { pairs[name] = text }
        }
        for entry in value.map?.entries ?? [] {
            if let text = entry.value.text {
                pairs[entry.key] = text
            } else {
                notes.problem("\(entry.key) in \(key) of \(owner) is a text", at: entry.value.position)
            }
        }
        return pairs
    }
}
