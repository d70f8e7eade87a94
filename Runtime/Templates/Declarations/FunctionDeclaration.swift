import FunctionRuntime
import MailTypes

/// A built-in function as a template binds it (`Mailroom::Function`).
public struct FunctionDeclaration: Sendable, Hashable {
    /// The resource's logical id.
    public let name: FunctionName
    /// The name the handler is registered under.
    public let handler: String
    public let handlerPosition: SourcePosition
    public let description: String?
    public let timeoutSeconds: Int
    /// ReservedConcurrentExecutions: most invocations at once; nil for no limit of its own.
    public let concurrency: Int?
    /// The function's own settings, with their places so that whoever reads them can say where one is wrong.
    public let settings: [String: TemplateValue]
    /// All that the function may reach.
    public let uses: [StoreUse]
    public let triggers: [TriggerDeclaration]
    public let position: SourcePosition

    /// The access a function has to something; nil for none.
    public func access(to resource: StoreUse.Resource) -> StoreUse.Access? {
        uses.first { $0.resource == resource }?.access
    }
}

/// Something a function may reach, and how.
public struct StoreUse: Sendable, Hashable {
    /// What there is to reach, as the template names it.
    public enum Resource: String, Sendable, CaseIterable {
        case spool = "Spool"
        case content = "Content"
        case mailboxes = "Mailboxes"
        case directory = "Directory"
        case rules = "Rules"
        case journal = "Journal"
        case traces = "Traces"
        case jobs = "Jobs"
        case stacks = "Stacks"
        case functions = "Functions"
        case objects = "Objects"
        case records = "Records"
        case logs = "Logs"
    }

    public enum Access: String, Sendable, CaseIterable, Comparable {
        case read, write
        public static func < (left: Self, right: Self) -> Bool { left == .read && right == .write }
    }

    public let resource: Resource
    /// Write includes read.
    public let access: Access
}
