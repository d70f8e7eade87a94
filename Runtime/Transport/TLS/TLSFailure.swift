import COpenSSL

/// Why TLS cannot be set up, as a sentence for the person on call.
public struct TLSFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// The sentence.
    public let description: String

    /// A failure told in this sentence.
    public init(_ sentence: String) { description = sentence }

    /// The words with libssl's reason behind them; empties libssl's list of errors for this thread.
    static func libraryReason(_ words: String) -> String {
        let code = ERR_peek_last_error()
        ERR_clear_error()
        guard code != 0, let reason = ERR_reason_error_string(code) else { return "\(words)." }
        return "\(words): \(String(cString: reason))."
    }
}
