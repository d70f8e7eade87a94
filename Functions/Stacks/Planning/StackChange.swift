/// One line of a change set.
public struct StackChange: Sendable, Hashable, CustomStringConvertible {
    public enum Kind: String, Sendable {
        case added = "+"
        case removed = "-"
        case changed = "~"
        /// Another one takes its place, because its name changes.
        case replaced = "±"
        /// It leaves the stack and stays (`DeletionPolicy: Retain`).
        case kept = "="
    }

    public var kind: Kind
    public var logicalID: String
    public var type: String
    /// What is different, or the name in the system.
    public var detail: String

    /// True when an HTTP API comes or changes.
    public var bringsAPI: Bool { isNews && Expansion.isAPI(type) }

    /// True when a function's URL comes or changes.
    public var bringsURL: Bool { isNews && type == "AWS::Lambda::Url" }

    private var isNews: Bool { [.added, .changed, .replaced].contains(kind) }

    /// `+ AWS::S3::Bucket Inbox  demo-inbox-…`
    public var description: String { "\(kind.rawValue) \(type) \(logicalID)" + (detail.isEmpty ? "" : "  \(detail)") }

    /// What makes `new` of `old`: removed first, then in the order of the template.
    static func all(from old: [StackResource], to new: [StackResource]) -> [StackChange] {
        let known = Dictionary(old.map { ($0.logicalID, $0) }) { first, _ in first }
        let wanted = Set(new.map(\.logicalID))
        var changes = old.filter { !wanted.contains($0.logicalID) }.map(removal)
        for resource in new {
            guard let former = known[resource.logicalID] else {
                changes.append(change(.added, resource, resource.name))
                continue
            }
            if former.type != resource.type || former.name != resource.name && !isLayer(resource) {
                changes.append(change(.replaced, resource, "\(former.name) -> \(resource.name)"))
            } else if former.part != resource.part {
                changes.append(change(.changed, resource, differences(former, resource)))
            }
        }
        return changes
    }

    /// What removing a resource comes to.
    static func removal(of resource: StackResource) -> StackChange {
        resource.isRetained
            ? change(.kept, resource, "\(resource.name) is kept") : change(.removed, resource, resource.name)
    }

    private static func isLayer(_ resource: StackResource) -> Bool {
        if case .layer = resource.part { true } else { false }
    }

    private static func change(_ kind: Kind, _ resource: StackResource, _ detail: String) -> StackChange {
        StackChange(kind: kind, logicalID: resource.logicalID, type: resource.type, detail: detail)
    }

    /// Longest value that is shown whole.
    private static let shownMax = 40

    /// Property by property. What differs although every property reads the same is code, or a value that is not shown.
    private static func differences(_ old: StackResource, _ new: StackResource) -> String {
        var words: [String] = []
        if case (.function(let before), .function(let after)) = (old.part, new.part), before.code != after.code {
            words.append("code")
        }
        if case (.layer(let before), .layer(let after)) = (old.part, new.part), before.version != after.version {
            words.append("version \(before.version) -> \(after.version)")
        }
        for key in Set(old.facts.keys).union(new.facts.keys).sorted() where old.facts[key] != new.facts[key] {
            let (before, after) = (old.facts[key] ?? "none", new.facts[key] ?? "none")
            let isShort = before.count <= shownMax && after.count <= shownMax
            words.append(isShort ? "\(key) \(before) -> \(after)" : key)
        }
        return words.isEmpty ? "a value that is not shown" : words.joined(separator: ", ")
    }
}
