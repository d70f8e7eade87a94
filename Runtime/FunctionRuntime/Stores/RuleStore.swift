import MailPolicy
import MailTypes

/// Flow rules and journaling settings of an organization. Changes take effect with the next message.
public protocol RuleStore: Sendable {
    /// The rules of one direction, compiled for choosing. Cached until a rule changes.
    func ruleSet(of organization: OrganizationID, direction: FlowDirection) async throws(StoreFailure) -> FlowRuleSet
    /// The rules of one direction, by name.
    func rules(of organization: OrganizationID, direction: FlowDirection) async throws(StoreFailure) -> [FlowRule]
    /// `.exists` when the name is taken in its direction.
    func createRule(_ rule: FlowRule, in organization: OrganizationID, direction: FlowDirection)
        async throws(StoreFailure)
    /// `.notFound` when there is no rule of that name.
    func updateRule(_ rule: FlowRule, in organization: OrganizationID, direction: FlowDirection)
        async throws(StoreFailure)
    func deleteRule(_ name: String, in organization: OrganizationID, direction: FlowDirection)
        async throws(StoreFailure)
    /// Nil while journaling is off.
    func journaling(of organization: OrganizationID) async throws(StoreFailure) -> JournalingSettings?
    func setJournaling(_ settings: JournalingSettings?, of organization: OrganizationID) async throws(StoreFailure)
}

/// Where journal records go (reference/email-flow.md §8).
public struct JournalingSettings: Sendable, Codable, Hashable {
    /// A mailbox of ours or an archive elsewhere.
    public var journalAddress: Address
    /// The administrator who hears of records that could not be made.
    public var reportAddress: Address

    /// Settings of these addresses.
    public init(journalAddress: Address, reportAddress: Address) {
        (self.journalAddress, self.reportAddress) = (journalAddress, reportAddress)
    }
}
