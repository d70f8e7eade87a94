/// A parameter with the value it has in this load.
public struct TemplateParameter: Sendable, Hashable {
    public let name: String
    /// `String`, `Number`, `CommaDelimitedList`, `List<Number>`, `List<String>`, or a type of AWS's that is a text here.
    public let type: String
    /// A text, a number, or a list of them.
    public let value: TemplateValue
    /// The name in the Parameter Store that it stands for, where there is none of that name: nothing may refer to it then.
    let missing: String?
    /// True when nobody gave a value and the template's own stands.
    public let isDefault: Bool
    /// NoEcho: it must not be shown.
    public let isSecret: Bool
    public let description: String?
    public let position: SourcePosition

    /// What references give where secrets must not be seen. An empty one is none: conditions ask whether it is there.
    var hidden: TemplateValue {
        isSecret && value.text != "" ? TemplateValue(.string(shown), at: value.position) : value
    }

    /// The value for people: `****` for a secret.
    public var shown: String {
        if isSecret { return "****" }
        return value.text ?? (value.list ?? []).compactMap(\.text).joined(separator: ",")
    }
}
