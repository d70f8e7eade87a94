/// Why a verb did not do what it was asked: one line on standard error, and the exit code.
struct Refusal: Error, Sendable, CustomStringConvertible {
    let exitCode: Int32
    let what: String
    /// What to do next.
    let next: String

    /// Refused or failed: exit code 1.
    static func failed(_ what: String, next: String) -> Refusal { Refusal(exitCode: 1, what: what, next: next) }
    /// Wrong usage: exit code 2.
    static func usage(_ what: String, hint: String) -> Refusal { Refusal(exitCode: 2, what: what, next: hint) }

    var description: String {
        guard !next.isEmpty else { return "mailroom: \(what)" }
        // Some causes are whole sentences.
        return "mailroom: \(what.hasSuffix(".") ? String(what.dropLast()) : what); \(next)"
    }
}
