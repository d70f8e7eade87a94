/// What a read of a pipe or a channel gave.
enum ReadOutcome {
    /// As much as there was room for: there may be more.
    case full
    /// Less, or nothing for now.
    case some
    /// Nothing, and never more.
    case end
}
