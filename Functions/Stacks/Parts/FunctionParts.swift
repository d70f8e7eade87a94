/// A user's function as its template wants it (reference/functions.md §2.3).
public struct FunctionPart: Codable, Sendable, Hashable {
    public var name: String
    public var runtime: String
    public var handler: String
    /// The ARN of the execution role.
    public var role: String
    public var description = ""
    public var timeoutSeconds = 3
    public var memoryMB = 128
    public var ephemeralMB = 512
    /// May hold secrets.
    public var environment: [String: String] = [:]
    /// SHA-256 of the zip in base64; empty while it has not been built.
    public var code = ""
    /// In list order.
    public var layers: [LayerUse] = []
    public var architectures = ["x86_64"]
    public var logFormat = "Text"
    public var logLevel: String?
    /// Nil for `/aws/lambda/NAME`.
    public var logGroup: String?
    public var reservedConcurrency: Int?
    public var tags: [String: String] = [:]

    /// A function of this name; everything else has Lambda's default.
    public init(name: String, runtime: String, handler: String, role: String) {
        (self.name, self.runtime, self.handler, self.role) = (name, runtime, handler, role)
    }
}

/// A layer version that a function uses.
public struct LayerUse: Codable, Sendable, Hashable {
    public var arn: String
    /// SHA-256 of its zip in base64.
    public var code: String

    /// A use of a layer version.
    public init(arn: String, code: String) { (self.arn, self.code) = (arn, code) }
}

/// A layer with the version that its content has now.
public struct LayerPart: Codable, Sendable, Hashable {
    public var name: String
    public var version: Int
    /// `arn:…:layer:NAME:VERSION`.
    public var arn: String
    /// SHA-256 of the zip in base64.
    public var code: String
    public var description: String
    public var runtimes: [String]

    /// A layer version.
    public init(name: String, version: Int, arn: String, code: String, description: String, runtimes: [String]) {
        (self.name, self.version, self.arn, self.code) = (name, version, arn, code)
        (self.description, self.runtimes) = (description, runtimes)
    }
}

/// A name for a version of a function (reference/functions.md §2.4).
public struct AliasPart: Codable, Sendable, Hashable {
    public var function: String
    public var alias: String
    /// Nil: whatever the newest deploy published (`AutoPublishAlias`).
    public var version: String?

    /// An alias of a function.
    public init(function: String, alias: String, version: String? = nil) {
        (self.function, self.alias, self.version) = (function, alias, version)
    }
}

/// A version to be published.
public struct VersionPart: Codable, Sendable, Hashable {
    public var function: String
    public var description: String

    /// A version of a function.
    public init(function: String, description: String) {
        (self.function, self.description) = (function, description)
    }
}

/// A statement of a function's resource policy (reference/functions.md §2.5).
public struct PermissionPart: Codable, Sendable, Hashable {
    public var function: String
    public var qualifier: String?
    public var statementID: String
    public var action: String
    public var principal: String
    public var sourceARN: String?
    public var sourceAccount: String?
    public var eventSourceToken: String?
    public var organizationID: String?
    public var functionURLAuthType: String?
    public var invokedViaFunctionURL: Bool?

    /// A permission for a principal.
    public init(
        function: String, qualifier: String? = nil, statementID: String, action: String = "lambda:InvokeFunction",
        principal: String, sourceARN: String? = nil, sourceAccount: String? = nil, eventSourceToken: String? = nil,
        organizationID: String? = nil
    ) {
        (self.function, self.qualifier, self.statementID) = (function, qualifier, statementID)
        (self.action, self.principal) = (action, principal)
        (self.sourceARN, self.sourceAccount) = (sourceARN, sourceAccount)
        (self.eventSourceToken, self.organizationID) = (eventSourceToken, organizationID)
    }
}

/// How asynchronous events of a function are tried again (reference/functions.md §2.2).
public struct InvokeConfigPart: Codable, Sendable, Hashable {
    public var function: String
    public var qualifier: String?
    /// 60 to 21,600.
    public var eventAgeSeconds: Int?
    /// 0 to 2.
    public var retryAttempts: Int?
    /// ARNs of functions that hear of an event's end.
    public var onSuccess: String?
    public var onFailure: String?

    /// A configuration of a function.
    public init(function: String, qualifier: String?, eventAgeSeconds: Int?, retryAttempts: Int?) {
        (self.function, self.qualifier) = (function, qualifier)
        (self.eventAgeSeconds, self.retryAttempts) = (eventAgeSeconds, retryAttempts)
    }
}

/// A clock that calls a function.
public struct SchedulePart: Codable, Sendable, Hashable {
    /// The rule's name.
    public var name: String
    /// The rule's ARN, which the function's resource policy names.
    public var ruleARN: String
    /// ARN of the function, with a qualifier if it has one.
    public var function: String
    /// `rate(5 minutes)`, `cron(0 12 * * ? *)`.
    public var expression: String
    /// JSON text that replaces the whole event.
    public var input: String?
    public var isEnabled: Bool
    /// True when a rule of events calls, which the function's policy must allow; a schedule's own role needs no statement.
    public var isRule: Bool

    /// A schedule of these facts.
    public init(
        name: String, ruleARN: String, function: String, expression: String, input: String?, isEnabled: Bool,
        isRule: Bool
    ) {
        (self.name, self.ruleARN, self.function) = (name, ruleARN, function)
        (self.expression, self.input, self.isEnabled, self.isRule) = (expression, input, isEnabled, isRule)
    }
}
