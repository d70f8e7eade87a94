import COpenSSL

/// Why a key or certificate cannot be made or read, as a sentence.
public struct CryptographyFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// The sentence.
    public let description: String

    /// A failure told in this sentence.
    public init(_ sentence: String) { description = sentence }

    /// This sentence with libcrypto's own reason behind it; empties libcrypto's list of errors for this thread.
    static func withLibraryReason(_ sentence: String) -> CryptographyFailure {
        let code = ERR_peek_last_error()
        ERR_clear_error()
        guard code != 0, let reason = ERR_reason_error_string(code) else { return CryptographyFailure("\(sentence).") }
        return CryptographyFailure("\(sentence): \(String(cString: reason)).")
    }
}
