import FunctionRuntime

/// Policies that allow nothing.
struct NobodyMayAnything: Permissions {
    func allows(_ caller: Caller, _ action: String, on resource: String) async -> Bool { false }
}
