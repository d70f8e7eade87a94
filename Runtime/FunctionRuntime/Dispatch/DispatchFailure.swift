import MailTypes

/// Why the runtime could not get an answer from a function.
public enum DispatchFailure: Error, Sendable, Equatable, CustomStringConvertible {
    case noSuchFunction(FunctionName)
    case wrongEvent(function: FunctionName, expected: String, got: String)
    case badEvent(function: FunctionName, reason: String)
    /// The deadline passed.
    case timedOut(FunctionName, seconds: Int)
    /// Too many callers wait for the function.
    case busy(FunctionName)

    public var description: String {
        switch self {
        case .noSuchFunction(let name): "no function \(name) is deployed; see: mailroom functions"
        case .wrongEvent(let name, let expected, let got): "\(name) takes \(expected), not \(got)"
        case .badEvent(let name, let reason): "\(name) cannot read the event: \(reason); see: mailroom event"
        case .timedOut(let name, let seconds): "\(name) gave no answer within \(seconds) s (Timeout in the template)"
        case .busy(let name): "\(name) has too many callers waiting; raise ReservedConcurrentExecutions or wait"
        }
    }
}
