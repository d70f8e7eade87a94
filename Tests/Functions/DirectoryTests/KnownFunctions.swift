import FunctionRuntime

/// Functions that exist and let nobody call them.
struct KnownFunctions: UserFunctions {
    let denied: Set<String>

    func invoke(_ function: String, _ invocation: LambdaInvocation, for caller: LambdaCaller)
        async throws(LambdaRefusal) -> LambdaResult
    { throw .notFound(function) }

    func enqueue(_ function: String, _ invocation: LambdaInvocation, for caller: LambdaCaller)
        async throws(LambdaRefusal)
    { throw .notFound(function) }

    func objection(to function: String, for caller: LambdaCaller) async -> LambdaRefusal? {
        denied.contains(function) ? .denied("no policy allows it") : .notFound(function)
    }
}
