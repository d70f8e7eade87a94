/// Gathers problems while a template is read, so that all are told at once. Used by one load.
final class ProblemCollector {
    /// Problems that are kept; a template with more is not the template somebody meant.
    static let limit = 200

    private let file: String
    private var problems: Set<TemplateProblem> = []

    init(file: String) { self.file = file }

    var isEmpty: Bool { problems.isEmpty }

    /// Notes a problem, with the nearest of these names as a suggestion.
    func add(
        _ message: String, at position: SourcePosition, misspelt name: String? = nil,
        candidates: some Sequence<String> = EmptyCollection<String>()
    ) {
        guard problems.count < Self.limit else { return }
        let suggestion = name.flatMap { Suggestion.nearest(to: $0, in: candidates) }
        // The same place reached twice, as through an alias, is one problem.
        problems.insert(
            TemplateProblem(
                file: file, line: position.line, column: position.column, message: message, suggestion: suggestion))
    }

    /// All of them by place; nil when there are none.
    var result: TemplateProblems? {
        guard !isEmpty else { return nil }
        return TemplateProblems(
            problems: problems.sorted { ($0.line, $0.column, $0.message) < ($1.line, $1.column, $1.message) })
    }
}
