/// What shall become of a job whose attempt did not work, thrown by a function that knows more than its runner.
public enum JobFate: Error, Sendable, Equatable, CustomStringConvertible {
    /// Again after this time; the attempt does not count, since it never began.
    case later(Duration, because: String)
    /// Again after this time.
    case again(Duration, because: String)
    /// Never again: a dead letter.
    case dead(because: String)

    public var description: String {
        switch self {
        case .later(_, let reason), .again(_, let reason), .dead(let reason): reason
        }
    }
}
