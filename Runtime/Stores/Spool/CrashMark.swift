import Glibc

/// Writes down of which fault the process dies: a number in a place that outlives it. All a signal handler may do.
enum CrashMark {
    /// Signals by which a process ends for what it did itself.
    private static let faults = [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV]

    /// From now on the signal's number is written there before whatever handled it does. Called once.
    static func watch(_ place: UnsafeMutablePointer<UInt32>) {
        let count = Int(faults.max() ?? 0) + 1
        let former = UnsafeMutablePointer<sigaction>.allocate(capacity: count)
        former.initialize(repeating: sigaction(), count: count)
        (markPlace, formerActions) = (place, former)
        for number in faults {
            var action = sigaction()
            action.__sigaction_handler.sa_sigaction = noteFault
            action.sa_flags = SA_SIGINFO | Int32(bitPattern: UInt32(SA_ONSTACK))
            sigaction(number, &action, former + Int(number))
        }
    }
}

// Written once before the handler is in place, read by it alone.
nonisolated(unsafe) private var markPlace: UnsafeMutablePointer<UInt32>?
nonisolated(unsafe) private var formerActions: UnsafeMutablePointer<sigaction>?

private func noteFault(_ number: Int32, _ facts: UnsafeMutablePointer<siginfo_t>?, _ context: UnsafeMutableRawPointer?)
{
    markPlace?.pointee = UInt32(number)
    if let formerActions { sigaction(number, formerActions + Int(number), nil) }
    // A fault happens again on return; a signal that was sent, as abort() does, has to be sent again.
    if let facts, facts.pointee.si_code <= 0 { raise(number) }
}
