import FunctionRuntime
import Glibc

extension ConnectionFailure {
    /// What happened, in the words of a delivery report.
    var reason: String {
        switch self {
        case .closed: "the connection was lost"
        case .timedOut: "the server did not answer in time"
        case .lineTooLong: "the server's line is too long"
        case .injection: "the server said more than its go-ahead for TLS"
        case .tls(let sentence): sentence
        case .system(let code): String(cString: strerror(code))
        case .draining: "this system is shutting down"
        }
    }
}
