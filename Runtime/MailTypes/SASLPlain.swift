/// The one message of SASL's PLAIN mechanism: who logs in, and the password (RFC 4616 §2).
public struct SASLPlain: Sendable {
    /// Why a message is refused.
    public enum Problem: Error, Sendable, Hashable {
        /// It is not `[authzid] NUL authcid NUL passwd`.
        case malformed
        /// It asks to act for somebody else.
        case actsForAnother
    }

    public let user: ArraySlice<UInt8>
    public let password: ArraySlice<UInt8>

    /// Reads a message, decoded from base64 already.
    public init(_ message: Octets) throws(Problem) {
        let parts = message.split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[2].contains(0) else { throw .malformed }
        guard parts[0].isEmpty || parts[0].equalsIgnoringASCIICase(parts[1]) else { throw .actsForAnother }
        (user, password) = (parts[1], parts[2])
    }
}
