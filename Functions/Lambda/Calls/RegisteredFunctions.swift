import FunctionRuntime
import MailPolicy
import MailTypes

/// Calls users' functions by their names: finds the version, asks the resource policy, runs or queues
/// (reference/functions.md §2.2, §2.5). A call costs no store read.
public struct RegisteredFunctions: UserFunctions {
    private let registry: FunctionRegistry
    private let host: any LambdaHosting
    private let jobs: any JobStore
    private let time: any TimeSource
    private let random: any RandomSource

    /// Functions of this registry, run by this host.
    public init(
        registry: FunctionRegistry, host: any LambdaHosting, jobs: any JobStore, time: any TimeSource,
        random: any RandomSource
    ) {
        self.registry = registry
        self.host = host
        self.jobs = jobs
        self.time = time
        self.random = random
    }

    public func invoke(_ function: String, _ invocation: LambdaInvocation, for caller: LambdaCaller)
        async throws(LambdaRefusal) -> LambdaResult
    {
        guard invocation.payload.count <= LambdaAPI.synchronousOctets else {
            throw .tooLarge(limitOctets: LambdaAPI.synchronousOctets)
        }
        let (known, reference, arn) = try await find(function, for: caller)
        guard let target = known.entry.target(of: reference.qualifier, drawing: random.fraction()) else {
            throw .notFound(arn)
        }
        var invocation = invocation
        if invocation.invokedARN.isEmpty { invocation.invokedARN = arn }
        return try await host.invoke(target, invocation)
    }

    public func enqueue(_ function: String, _ invocation: LambdaInvocation, for caller: LambdaCaller)
        async throws(LambdaRefusal)
    {
        guard invocation.payload.count <= LambdaAPI.asynchronousOctets else {
            throw .tooLarge(limitOctets: LambdaAPI.asynchronousOctets)
        }
        let (_, reference, arn) = try await find(function, for: caller)
        let now = time.now()
        let id = Identifier128(invocation.requestID) ?? random.identifier(at: now)
        let event = AsyncInvocation.Event(
            function: reference.name, qualifier: reference.qualifier,
            requestID: invocation.requestID.isEmpty ? id.description : invocation.requestID,
            payload: Base64.encode(invocation.payload).text,
            invokedARN: invocation.invokedARN.isEmpty ? arn : invocation.invokedARN,
            clientContext: invocation.clientContext, message: invocation.message, queuedAt: time.steady())
        do throws(StoreFailure) {
            try await jobs.enqueue(Job(id: id, function: AsyncInvocation.name, event: event.octets, createdAt: now))
        } catch {
            // Queued before, by an attempt that did not hear of it.
            if case .exists = error { return }
            throw .unavailable("The event cannot be queued now: \(error)")
        }
    }

    public func objection(to function: String, for caller: LambdaCaller) async -> LambdaRefusal? {
        do throws(LambdaRefusal) {
            _ = try await find(function, for: caller)
            return nil
        } catch { return error }
    }

    /// The function, once the caller was found to have the right. Whatever account and region an ARN names, it means this
    /// system: rules and templates were written elsewhere.
    private func find(_ text: String, for caller: LambdaCaller) async throws(LambdaRefusal) -> (
        FunctionRegistry.Known, FunctionReference, arn: String
    ) {
        guard let reference = FunctionReference(text) else { throw .notFound(text) }
        let arn = registry.arn(of: reference.name, qualifier: reference.qualifier)
        let found: FunctionRegistry.Known?
        do throws(StoreFailure) {
            found = try await registry.known(reference.name)
        } catch { throw .unavailable("The function cannot be looked up now: \(error)") }
        guard let known = found, known.entry.has(reference.qualifier) else { throw .notFound(arn) }
        let request: PolicyRequest
        let asker: String
        switch caller {
        case .account: return (known, reference, arn)
        case .url(_, _, isPermitted: true): return (known, reference, arn)
        case .url(let type, let principal, isPermitted: false):
            request = PolicyRequest(
                WebAPI.urlAction, on: arn, by: principal,
                context: ["lambda:FunctionUrlAuthType": [type.rawValue], "lambda:InvokedViaFunctionUrl": ["true"]])
            if case .account(_, let arn) = principal { asker = arn } else { asker = "whoever comes to the URL" }
        case .service(let principal, let source, let account):
            var context: [String: [String]] = [:]
            if let source { context["aws:sourcearn"] = [source] }
            if let account { context["aws:sourceaccount"] = [account] }
            request = PolicyRequest("lambda:InvokeFunction", on: arn, by: .service(principal), context: context)
            asker = "\(principal) for \(source ?? "nobody in particular")"
        }
        guard known.entry.policy(of: reference.qualifier, resource: arn).verdict(on: request) == .allowed else {
            throw .denied(
                "\(asker) is not authorized to perform: \(request.action) on resource: \(arn) "
                    + "because no resource-based policy allows the \(request.action) action")
        }
        return (known, reference, arn)
    }
}
