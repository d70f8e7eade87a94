/// One thing that is wrong with a template, said so that a person can mend it.
public struct TemplateProblem: Sendable, Hashable, CustomStringConvertible {
    /// The name the template was loaded under.
    public let file: String
    public let line: Int
    public let column: Int
    /// What is wrong, without the place.
    public let message: String
    /// The name that was probably meant.
    public let suggestion: String?

    /// A problem at a place.
    public init(file: String, line: Int, column: Int, message: String, suggestion: String? = nil) {
        self.file = file
        self.line = line
        self.column = column
        self.message = message
        self.suggestion = suggestion
    }

    /// `file:line:column: what; did you mean X?`
    public var description: String {
        "\(file):\(line):\(column): \(message)" + (suggestion.map { "; did you mean \($0)?" } ?? "")
    }
}

/// Everything that is wrong with a template, in the order of its lines.
public struct TemplateProblems: Error, Sendable, CustomStringConvertible {
    /// At least one.
    public let problems: [TemplateProblem]

    /// One line for each problem.
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}
