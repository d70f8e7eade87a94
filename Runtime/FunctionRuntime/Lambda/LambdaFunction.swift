import MailTypes

/// A user's function in one version: everything that running it takes (reference/functions.md §2.3).
public struct LambdaFunction: Codable, Sendable, Hashable {
    /// The version that changes with each update.
    public static let latest = "$LATEST"
    /// What an entry of a log in JSON may say of how much it matters, least first.
    public static let logLevels = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"]

    /// 1 to 64 characters of `[A-Za-z0-9-_]`.
    public var name: String
    /// `$LATEST`, or a published number from 1.
    public var version: String
    /// `python3.12`, `nodejs22.x`, `provided.al2023`.
    public var runtime: String
    public var handler: String
    /// The ARN of the execution role.
    public var role: String
    public var description: String
    /// 1 to 900.
    public var timeoutSeconds: Int
    /// 128 to 10,240.
    public var memoryMB: Int
    /// Size of `/tmp`: 512 to 10,240.
    public var ephemeralMB: Int
    /// At most 4 KiB of names and values together. May hold secrets: never logged.
    public var environment: [String: String]
    public var code: LambdaCode
    /// In list order; later ones win.
    public var layers: [LambdaLayer]
    /// `x86_64` or `arm64`.
    public var architectures: [String]
    /// `Text` or `JSON`.
    public var logFormat: String
    /// With the format JSON, entries below this level are left out: `TRACE` to `FATAL`; nil for `INFO`.
    public var logLevel: String?
    /// Where its lines go: `/aws/lambda/NAME` unless configured.
    public var logGroup: String
    /// Most environments at once; nil for the account's limit, 0 for never.
    public var reservedConcurrency: Int?
    /// Changes with every change of code, configuration or policy.
    public var revisionID: String
    public var modifiedAt: Timestamp

    /// A function; what is left out has Lambda's default.
    public init(
        name: String, version: String = LambdaFunction.latest, runtime: String, handler: String, role: String,
        description: String = "", timeoutSeconds: Int = 3, memoryMB: Int = 128, ephemeralMB: Int = 512,
        environment: [String: String] = [:], code: LambdaCode, layers: [LambdaLayer] = [],
        architectures: [String] = ["x86_64"], logFormat: String = "Text", logLevel: String? = nil,
        logGroup: String? = nil,
        reservedConcurrency: Int? = nil, revisionID: String, modifiedAt: Timestamp
    ) {
        self.name = name
        self.version = version
        self.runtime = runtime
        self.handler = handler
        self.role = role
        self.description = description
        self.timeoutSeconds = timeoutSeconds
        self.memoryMB = memoryMB
        self.ephemeralMB = ephemeralMB
        self.environment = environment
        self.code = code
        self.layers = layers
        self.architectures = architectures
        self.logFormat = logFormat
        self.logLevel = logLevel
        self.logGroup = logGroup ?? "/aws/lambda/\(name)"
        self.reservedConcurrency = reservedConcurrency
        self.revisionID = revisionID
        self.modifiedAt = modifiedAt
    }
}

/// Code that the host has unpacked and keeps, named by what is in it.
public struct LambdaCode: Codable, Sendable, Hashable {
    /// SHA-256 of the zip in base64, as the API shows it.
    public var sha256: String
    /// Octets of the zip.
    public var size: Int
    /// Octets unpacked.
    public var unpackedSize: Int

    /// Code of this digest.
    public init(sha256: String, size: Int, unpackedSize: Int) {
        (self.sha256, self.size, self.unpackedSize) = (sha256, size, unpackedSize)
    }
}

/// A version of a layer that a function uses.
public struct LambdaLayer: Codable, Sendable, Hashable {
    /// `arn:aws:lambda:REGION:ACCOUNT:layer:NAME:VERSION`.
    public var arn: String
    public var code: LambdaCode

    /// A layer of this code.
    public init(arn: String, code: LambdaCode) { (self.arn, self.code) = (arn, code) }
}
