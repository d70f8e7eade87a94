import COpenSSL
import MailTypes

/// Comparisons whose duration tells nothing about where two values differ.
public enum ConstantTime {
    /// True when both hold the same octets. Different lengths are told apart at once: lengths are no secret here.
    public static func equal(_ left: Octets, _ right: Octets) -> Bool {
        guard left.count == right.count else { return false }
        return CRYPTO_memcmp(left, right, left.count) == 0
    }

    /// True when both hold the same octets.
    public static func equal(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        guard left.count == right.count else { return false }
        guard let first = left.baseAddress, let second = right.baseAddress else { return true }
        return CRYPTO_memcmp(first, second, left.count) == 0
    }

    /// True when both texts are the same in UTF-8.
    public static func equal(_ left: String, _ right: String) -> Bool {
        var (left, right) = (left, right)
        return left.withUTF8 { left in
            right.withUTF8 { equal(UnsafeRawBufferPointer(left), UnsafeRawBufferPointer($0)) }
        }
    }
}
