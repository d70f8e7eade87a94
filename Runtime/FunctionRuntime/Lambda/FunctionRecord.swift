import MailTypes

/// All that is kept of a user's function, apart from its published versions.
public struct FunctionRecord: Codable, Sendable, Hashable {
    /// `$LATEST`.
    public var latest: LambdaFunction
    /// In the order of their making.
    public var aliases: [FunctionAlias]
    /// The resource policy by qualifier, `""` for the function without one.
    public var permissions: [String: [FunctionPermission]]
    public var tags: [String: String]
    /// By qualifier, `""` for the function without one.
    public var asynchronous: [String: EventInvokeSettings]
    /// ARN of DeadLetterConfig.
    public var deadLetterTarget: String?
    /// Members of the configuration that are kept to be shown and change nothing here: TracingConfig, VpcConfig.
    public var shown: [String: JSONValue]
    /// The newest published version's number; 0 for none. A number is never given out twice.
    public var lastVersion: Int
    /// The stack that made it; nil for a function made through the API.
    public var stack: String?

    /// A function without anything around it.
    public init(_ latest: LambdaFunction, stack: String? = nil) {
        self.latest = latest
        aliases = []
        permissions = [:]
        tags = [:]
        asynchronous = [:]
        shown = [:]
        lastVersion = 0
        self.stack = stack
    }

    /// The alias of this name.
    public func alias(_ name: String) -> FunctionAlias? { aliases.first { $0.name == name } }

    /// How asynchronous events for a qualifier are tried; the function's own settings hold for `$LATEST` only.
    public func asynchronousSettings(for qualifier: String?) -> EventInvokeSettings {
        asynchronous[Self.key(qualifier)] ?? EventInvokeSettings()
    }

    /// `$LATEST` is the function without a qualifier.
    public static func key(_ qualifier: String?) -> String { qualifier == LambdaFunction.latest ? "" : qualifier ?? "" }
}
