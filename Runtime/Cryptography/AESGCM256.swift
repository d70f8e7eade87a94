import COpenSSL
import MailTypes

/// AES-256 in Galois/counter mode with one key, its schedule kept between calls (NIST SP 800-38D).
///
/// - Shape: a sealed text is the ciphertext, as long as the plain text, followed by 16 octets of tag.
/// - A nonce is 12 octets and must never be used twice under one key.
/// - Not for two tasks at once: keep one for each writer, or use the static forms.
public final class AESGCM256 {
    /// Octets of a key.
    public static let keyLength = 32
    /// Octets of a nonce.
    public static let nonceLength = 12
    /// Octets that sealing adds.
    public static let tagLength = 16

    private static let cipher: FetchedCipher = FetchedCipher("AES-256-GCM")
    private let sealing: OpaquePointer
    private let opening: OpaquePointer

    /// A cipher under this key of 32 octets.
    public init(key: Octets) {
        precondition(key.count == Self.keyLength, "an AES-256 key has 32 octets")
        guard let sealing = EVP_CIPHER_CTX_new(), let opening = EVP_CIPHER_CTX_new() else {
            preconditionFailure("out of memory for a cipher context")
        }
        (self.sealing, self.opening) = (sealing, opening)
        precondition(
            EVP_EncryptInit_ex2(sealing, Self.cipher.pointer, key, nil, nil) == 1
                && EVP_DecryptInit_ex2(opening, Self.cipher.pointer, key, nil, nil) == 1,
            "AES-256-GCM takes any key of 32 octets")
    }

    // Freeing a context wipes its key schedule.
    deinit {
        EVP_CIPHER_CTX_free(sealing)
        EVP_CIPHER_CTX_free(opening)
    }

    /// Ciphertext and tag of these octets. The associated octets are authenticated, not kept.
    public func seal(_ plain: Octets, nonce: Octets, associated: Octets = []) -> Octets {
        plain.withUnsafeBytes { seal($0, nonce: nonce, associated: associated) }
    }

    /// Ciphertext and tag of these octets.
    public func seal(_ plain: UnsafeRawBufferPointer, nonce: Octets, associated: Octets = []) -> Octets {
        let length = plain.count + Self.tagLength
        return Octets(unsafeUninitializedCapacity: length) { out, count in
            let whole = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(out)[0..<length])
            seal(plain, nonce: nonce, associated: associated, into: whole)
            count = length
        }
    }

    /// Writes ciphertext and tag to a buffer with room for 16 octets more than the plain text. The buffer may begin where
    /// the plain text begins: sealing in place.
    public func seal(
        _ plain: UnsafeRawBufferPointer, nonce: Octets, associated: Octets = [],
        into sealed: UnsafeMutableRawBufferPointer
    ) {
        precondition(nonce.count == Self.nonceLength, "a GCM nonce has 12 octets")
        precondition(sealed.count >= plain.count + Self.tagLength, "no room for the sealed text")
        precondition(plain.count <= Int(Int32.max) - 64, "one seal takes less than 2 GiB")
        let out = sealed.assumingMemoryBound(to: UInt8.self).baseAddress
        var moved: Int32 = 0
        var done = EVP_EncryptInit_ex2(sealing, nil, nil, nonce, nil) == 1
        if !associated.isEmpty {
            done = done && EVP_EncryptUpdate(sealing, nil, &moved, associated, Int32(associated.count)) == 1
        }
        if !plain.isEmpty {
            let input = plain.assumingMemoryBound(to: UInt8.self).baseAddress
            done = done && EVP_EncryptUpdate(sealing, out, &moved, input, Int32(plain.count)) == 1
        }
        done = done && EVP_EncryptFinal_ex(sealing, nil, &moved) == 1
        let tag = out.map { $0 + plain.count }
        done = done && EVP_CIPHER_CTX_ctrl(sealing, EVP_CTRL_AEAD_GET_TAG, Int32(Self.tagLength), tag) == 1
        precondition(done, "sealing octets in memory cannot fail")
    }

    /// The plain text, or nil when key, nonce, associated octets or the text itself are not what was sealed.
    public func open(_ sealed: Octets, nonce: Octets, associated: Octets = []) -> Octets? {
        sealed.withUnsafeBytes { open($0, nonce: nonce, associated: associated) }
    }

    /// The plain text, or nil when key, nonce, associated octets or the text itself are not what was sealed.
    public func open(_ sealed: UnsafeRawBufferPointer, nonce: Octets, associated: Octets = []) -> Octets? {
        let length = sealed.count - Self.tagLength
        guard length >= 0 else { return nil }
        var genuine = false
        let plain = Octets(unsafeUninitializedCapacity: length) { out, count in
            genuine = open(sealed, nonce: nonce, associated: associated, into: UnsafeMutableRawBufferPointer(out))
            count = length
        }
        return genuine ? plain : nil
    }

    /// Writes the plain text to a buffer with room for it, which may begin where the sealed text begins. False, with the
    /// buffer wiped, when the text is not what was sealed.
    public func open(
        _ sealed: UnsafeRawBufferPointer, nonce: Octets, associated: Octets = [],
        into plain: UnsafeMutableRawBufferPointer
    ) -> Bool {
        let length = sealed.count - Self.tagLength
        guard length >= 0, length <= Int(Int32.max) - 64, nonce.count == Self.nonceLength else { return false }
        precondition(plain.count >= length, "no room for the plain text")
        // Copied before decrypting, because in place the tag's octets may be handed to the caller as free room.
        var tag = Octets(sealed[length...])
        let out = plain.assumingMemoryBound(to: UInt8.self).baseAddress
        var moved: Int32 = 0
        var done = EVP_DecryptInit_ex2(opening, nil, nil, nonce, nil) == 1
        if !associated.isEmpty {
            done = done && EVP_DecryptUpdate(opening, nil, &moved, associated, Int32(associated.count)) == 1
        }
        if length > 0 {
            let input = sealed.assumingMemoryBound(to: UInt8.self).baseAddress
            done = done && EVP_DecryptUpdate(opening, out, &moved, input, Int32(length)) == 1
        }
        done = done && EVP_CIPHER_CTX_ctrl(opening, EVP_CTRL_AEAD_SET_TAG, Int32(Self.tagLength), &tag) == 1
        if done, EVP_DecryptFinal_ex(opening, nil, &moved) == 1 { return true }
        if let out, length > 0 { OPENSSL_cleanse(out, length) }
        return false
    }

    /// Seals once under a key.
    public static func seal(_ plain: Octets, key: Octets, nonce: Octets, associated: Octets = []) -> Octets {
        AESGCM256(key: key).seal(plain, nonce: nonce, associated: associated)
    }

    /// Opens once under a key; nil when anything differs from what was sealed.
    public static func open(_ sealed: Octets, key: Octets, nonce: Octets, associated: Octets = []) -> Octets? {
        AESGCM256(key: key).open(sealed, nonce: nonce, associated: associated)
    }
}
