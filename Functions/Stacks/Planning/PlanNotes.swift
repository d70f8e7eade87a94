import MailTypes
import Templates

/// What is to be said about a template while it is looked at: problems, which stop the deploy, and warnings, which do
/// not. Used by one look.
final class PlanNotes {
    /// Warnings that are told; more help nobody.
    static let warningsMax = 200

    private let template: Template
    /// Whether what this system does not run is left out instead of refused.
    let skipsUnknown: Bool
    private(set) var problems: [TemplateProblem] = []
    private(set) var warnings: [String] = []

    init(_ template: Template, skipsUnknown: Bool) { (self.template, self.skipsUnknown) = (template, skipsUnknown) }

    func problem(_ message: String, at position: SourcePosition, suggestion: String? = nil) {
        problems.append(template.problem(message, at: position, suggestion: suggestion))
    }

    func warn(_ message: String, at position: SourcePosition) {
        let line = template.problem(message, at: position).description
        if warnings.count < Self.warningsMax, !warnings.contains(line) { warnings.append(line) }
    }

    /// Something that this system does not run: left out with a warning, or a problem.
    func refuse(_ message: String, at position: SourcePosition) {
        if skipsUnknown {
            warn("\(message); left out", at: position)
        } else {
            problem("\(message); --skip-unknown deploys the rest", at: position)
        }
    }
}
