import Cryptography
import FunctionRuntime
import MailTypes

/// A key of 32 octets that seals short texts: records, summaries, other keys. What it seals is bound to its place, so that
/// nothing opens when it was moved to another row.
struct SealingKey: Sendable, Equatable {
    let octets: Octets

    /// A key of these octets.
    init(_ octets: Octets) { self.octets = octets }

    /// A new key.
    init(from random: any RandomSource) { octets = random.octets(AESGCM256.keyLength) }

    /// A key that follows from this one and a purpose.
    func derived(for purpose: String) -> SealingKey {
        SealingKey(HMACSHA256.authenticate(Octets(text: purpose), key: octets))
    }

    /// Nonce, ciphertext and tag. Nonces are random: one key seals up to 2^32 texts (NIST SP 800-38D §8.3), which is why
    /// every message has keys of its own.
    func seal(_ plain: Octets, at place: SealedPlace, _ random: any RandomSource) -> Octets {
        let nonce = random.octets(AESGCM256.nonceLength)
        return nonce + AESGCM256.seal(plain, key: octets, nonce: nonce, associated: place.octets)
    }

    /// The plain text; `.damaged` names what does not open.
    func open(_ sealed: Octets, at place: SealedPlace) throws(StoreFailure) -> Octets {
        guard sealed.count >= AESGCM256.nonceLength + AESGCM256.tagLength else { throw .damaged(place.name) }
        let nonce = Octets(sealed[..<AESGCM256.nonceLength])
        let plain = sealed.withUnsafeBytes { octets in
            AESGCM256(key: self.octets).open(
                UnsafeRawBufferPointer(rebasing: octets[AESGCM256.nonceLength...]), nonce: nonce,
                associated: place.octets)
        }
        guard let plain else { throw .damaged(place.name) }
        return plain
    }

    /// Another key, sealed.
    func wrap(_ key: SealingKey, at place: SealedPlace, _ random: any RandomSource) -> Octets {
        seal(key.octets, at: place, random)
    }

    /// Another key, opened.
    func unwrap(_ sealed: Octets, at place: SealedPlace) throws(StoreFailure) -> SealingKey {
        let plain = try open(sealed, at: place)
        guard plain.count == AESGCM256.keyLength else { throw .damaged(place.name) }
        return SealingKey(plain)
    }
}
