import MailTypes

/// Runs users' functions in processes of their own (reference/functions.md §1).
public protocol LambdaHosting: Sendable {
    /// Checks and unpacks a zip, and keeps it until `forget`; the same zip twice is one code.
    func install(zip: Octets) async throws(LambdaCodeProblem) -> LambdaCode
    /// The zip of installed code, for GetFunction; nil when it is not there.
    func zip(of code: LambdaCode) async -> Octets?
    /// Removes installed code that is none of these and was installed before this moment: what is younger may belong to
    /// something soon. What a running environment uses is removed when that ends.
    /// - Returns: how many codes that were.
    @discardableResult
    func forget(allBut codes: Set<LambdaCode>, installedBefore moment: Timestamp) async -> Int
    /// Why a function of this runtime cannot run here, with the next step; nil when it can. May take a while the first
    /// time, since a managed runtime's libraries are installed then.
    func problem(ofRuntime runtime: String) async -> String?
    /// What runs functions of this runtime where its own version is not installed: `version 20 (/usr/bin/node)`. Nil when
    /// it is the version that was asked for.
    func substitute(forRuntime runtime: String) async -> String?
    /// Runs one event, starting an environment if none is idle. A failure of the function is a result.
    func invoke(_ function: LambdaFunction, _ invocation: LambdaInvocation) async throws(LambdaRefusal) -> LambdaResult
    /// Ends the environments of a function whose version and revision are none of these; those at work finish first.
    func retire(_ name: String, keeping: Set<LambdaRevision>) async
}

extension LambdaHosting {
    /// A host that substitutes nothing.
    public func substitute(forRuntime runtime: String) async -> String? { nil }
}

/// What environments are kept for: one version in one revision.
public struct LambdaRevision: Sendable, Hashable {
    public var version: String
    public var revisionID: String

    /// A revision of a version.
    public init(version: String, revisionID: String) { (self.version, self.revisionID) = (version, revisionID) }
}

/// Why a zip cannot be installed, in the API's words (reference/functions.md §2.6).
public struct LambdaCodeProblem: Error, Sendable, Equatable {
    /// `InvalidParameterValueException` or another name of §2.6.
    public var code: String
    public var message: String

    /// A problem of this name.
    public init(_ message: String, code: String = "InvalidParameterValueException") {
        (self.code, self.message) = (code, message)
    }
}
