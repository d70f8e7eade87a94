import Cryptography
import MailTypes
import Testing

@Suite struct PasswordHashTests {
    @Test func `a password verifies against its own hash only`() throws {
        let hash = try #require(PasswordHash.hash("correct horse"))
        #expect(hash.hasPrefix("$argon2id$v=19$m=19456,t=2,p=1$"))
        #expect(PasswordHash.verify("correct horse", hash))
        #expect(!PasswordHash.verify("correct horsf", hash))
        #expect(!PasswordHash.verify("", hash))
        #expect(!PasswordHash.needsRenewal(hash))
        #expect(PasswordHash.hash("correct horse") != hash)
    }

    @Test func `an empty password is a password`() throws {
        let hash = try #require(PasswordHash.hash(""))
        #expect(PasswordHash.verify("", hash))
        #expect(!PasswordHash.verify("x", hash))
    }

    @Test func `nonsense for a hash and endless passwords verify false`() {
        #expect(!PasswordHash.verify("x", ""))
        #expect(!PasswordHash.verify("x", "$argon2id$v=19$m=19456"))
        #expect(!PasswordHash.verify("x", String(repeating: "a", count: 5000)))
        #expect(PasswordHash.hash(String(repeating: "a", count: 5000)) == nil)
        #expect(!PasswordHash.verify("", PasswordHash.decoy))
        #expect(PasswordHash.decoy.hasPrefix("$argon2id$"))
    }

    @Test func `a hash of other costs asks for renewal`() {
        #expect(
            PasswordHash.needsRenewal(
                "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$0VYGhMCzQAQCPXYlYgBjtGGQK4Xj8z5s0F0ClIY0zKM"))
    }
}
