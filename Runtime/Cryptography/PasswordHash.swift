import CSodium
import MailTypes

/// Password hashes: Argon2id with 19 MiB and two passes, the OWASP minimum (RFC 9106).
///
/// One hash takes about 25 ms of a core and 19 MiB: run it on threads kept for that (`BlockingThreads` of Transport), never
/// on a loop or in the cooperative pool.
public enum PasswordHash {
    /// Memory of one hash.
    public static let memoryOctets = 19 * 1024 * 1024
    /// Passes over that memory.
    public static let passes: UInt64 = 2
    /// Longest password that is hashed; a longer one never verifies, so that nobody makes us digest megabytes.
    public static let longestPasswordOctets = 4096

    private static let started: Bool = sodium_init() >= 0

    /// The password's hash with a random salt, in PHC form: `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`. Nil when the
    /// password is longer than `longestPasswordOctets` or memory is short.
    public static func hash(_ password: Octets) -> String? {
        precondition(started, "libsodium did not start")
        guard password.count <= longestPasswordOctets else { return nil }
        var text = [CChar](repeating: 0, count: Int(crypto_pwhash_STRBYTES))
        let done = password.withUnsafeBytes { password in
            crypto_pwhash_str_alg(
                &text, address(of: password), UInt64(password.count), passes, memoryOctets,
                crypto_pwhash_ALG_ARGON2ID13)
        }
        guard done == 0 else { return nil }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// The password's hash with a random salt.
    public static func hash(_ password: String) -> String? { hash(Octets(password.utf8)) }

    /// True when this is the hash's password. False for anything that is no Argon2 hash.
    public static func verify(_ password: Octets, _ hash: String) -> Bool {
        precondition(started, "libsodium did not start")
        guard password.count <= longestPasswordOctets, hash.utf8.count < Int(crypto_pwhash_STRBYTES) else {
            return false
        }
        return password.withUnsafeBytes { password in
            crypto_pwhash_str_verify(hash, address(of: password), UInt64(password.count)) == 0
        }
    }

    /// True when this is the hash's password.
    public static func verify(_ password: String, _ hash: String) -> Bool { verify(Octets(password.utf8), hash) }

    /// True when the hash was made with other costs than today's: hash anew at the next successful login.
    public static func needsRenewal(_ hash: String) -> Bool {
        precondition(started, "libsodium did not start")
        return crypto_pwhash_str_needs_rehash(hash, passes, memoryOctets) != 0
    }

    /// A hash that no password matches, to be verified against when the account does not exist, so that time does not tell.
    public static let decoy = hash(SystemRandom.octets(32)) ?? ""

    private static func address(of password: UnsafeRawBufferPointer) -> UnsafePointer<CChar> {
        // An empty buffer may have no address; any will do for no octets.
        password.assumingMemoryBound(to: CChar.self).baseAddress ?? emptyText
    }

    // Never written and never freed.
    nonisolated(unsafe) private static let emptyText: UnsafePointer<CChar> = {
        let text = UnsafeMutablePointer<CChar>.allocate(capacity: 1)
        text.initialize(to: 0)
        return UnsafePointer(text)
    }()
}
