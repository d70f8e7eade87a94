import MailTypes

/// What a runtime's name asks for.
enum RuntimeKind: Sendable, Hashable {
    /// The version as `3.12`.
    case python(version: String)
    /// The version as `22`.
    case node(version: String)
    /// The code brings its own `bootstrap`.
    case provided

    /// Reads `python3.12`, `nodejs22.x`, `provided.al2023`; nil for a runtime that cannot run here.
    init?(_ name: String) {
        if name == "provided" || name.hasPrefix("provided.") {
            self = .provided
        } else if name.hasPrefix("python3."), let minor = Int(name.dropFirst(8)), minor < 100 {
            self = .python(version: "3.\(minor)")
        } else if name.hasPrefix("nodejs"), name.hasSuffix(".x"), let major = Int(name.dropFirst(6).dropLast(2)) {
            self = .node(version: String(major))
        } else {
            return nil
        }
    }
}
