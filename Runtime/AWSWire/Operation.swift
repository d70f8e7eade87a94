import FunctionRuntime
import MailTypes

/// One operation of a service: its name, the shapes of its input, and what it does.
public struct Operation<Services: Sendable>: Sendable {
    /// Does the work; throws `ServiceFailure`, or `StoreFailure` where the usual words fit.
    public typealias Run = @Sendable (_ services: Services, _ call: Call, _ context: Context) async throws -> JSONObject

    public let name: String
    let members: [Member]
    /// What a value outside its restrictions is refused as.
    let violation: ServiceFailure.Code
    let run: Run

    /// An operation that looks at its input only.
    public init(
        _ name: String, _ members: [Member], violation: ServiceFailure.Code = .invalidParameter,
        _ run: @escaping @Sendable (_ services: Services, _ input: Input, _ context: Context) async throws -> JSONObject
    ) {
        self.init(calling: name, members, violation: violation) { services, call, context in
            try await run(services, call.input, context)
        }
    }

    /// An operation that looks at its caller, too.
    public init(
        calling name: String, _ members: [Member], violation: ServiceFailure.Code = .invalidParameter,
        _ run: @escaping Run
    ) {
        (self.name, self.members, self.violation, self.run) = (name, members, violation, run)
    }
}
