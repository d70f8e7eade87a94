import FunctionRuntime

/// One call on its way through a thread: done there with what the thread has, answered when the time has come.
protocol PendingWork<Tool>: AnyObject, Sendable {
    associatedtype Tool
    /// True where the work neither reads nor writes mailboxes and folders, except as a delivery: see `DeliveryCounts`.
    var leavesCounts: Bool { get }
    /// Does the work; the result stays here until it is answered.
    func perform(_ tool: Tool) -> StoreFailure?
    /// Resumes the caller: with the result, or with this failure instead.
    func answer(_ failure: StoreFailure?)
}

/// Work that an async caller waits for.
// `result` is written by the one thread that performs the work and read by it when answering.
final class AwaitedWork<Tool, Value: Sendable>: PendingWork, @unchecked Sendable {
    let leavesCounts: Bool
    private let work: @Sendable (Tool) throws(StoreFailure) -> Value
    private let caller: UnsafeContinuation<Result<Value, StoreFailure>, Never>
    private var result: Result<Value, StoreFailure>?

    init(
        _ caller: UnsafeContinuation<Result<Value, StoreFailure>, Never>, leavesCounts: Bool = false,
        _ work: @escaping @Sendable (Tool) throws(StoreFailure) -> Value
    ) { (self.caller, self.leavesCounts, self.work) = (caller, leavesCounts, work) }

    func perform(_ tool: Tool) -> StoreFailure? {
        do throws(StoreFailure) {
            result = .success(try work(tool))
            return nil
        } catch {
            result = .failure(error)
            return error
        }
    }

    func answer(_ failure: StoreFailure?) {
        if let failure { return caller.resume(returning: .failure(failure)) }
        caller.resume(returning: result ?? .failure(.down("the work was never done")))
    }
}

/// Work that nobody waits for.
// `failure` is written and read by the one thread that performs the work and answers it.
final class UnawaitedWork<Tool>: PendingWork, @unchecked Sendable {
    let leavesCounts: Bool
    private let work: @Sendable (Tool) throws(StoreFailure) -> Void
    private let done: @Sendable (StoreFailure?) -> Void
    private var failure: StoreFailure?

    init(
        leavesCounts: Bool, _ work: @escaping @Sendable (Tool) throws(StoreFailure) -> Void,
        done: @escaping @Sendable (StoreFailure?) -> Void
    ) { (self.leavesCounts, self.work, self.done) = (leavesCounts, work, done) }

    func perform(_ tool: Tool) -> StoreFailure? {
        // A batch that was undone is done again, call by call.
        failure = nil
        do throws(StoreFailure) { try work(tool) } catch { failure = error }
        return failure
    }

    func answer(_ failure: StoreFailure?) { done(failure ?? self.failure) }
}
