/// Which way a message goes (reference/email-flow.md §4.2).
public enum FlowDirection: String, Sendable, Codable, CaseIterable {
    /// To users of an organization.
    case inbound = "INBOUND"
    /// From users of an organization.
    case outbound = "OUTBOUND"
}
