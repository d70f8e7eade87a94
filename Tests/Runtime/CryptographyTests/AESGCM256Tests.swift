import Cryptography
import MailTypes
import Testing

@Suite struct AESGCM256Tests {
    // Test cases 14 and 16 of the GCM submission (McGrew, Viega), AES-256.
    @Test func `sealing matches the published cases`() throws {
        let zeros = AESGCM256.seal(
            Octets(repeating: 0, count: 16), key: Octets(repeating: 0, count: 32),
            nonce: Octets(repeating: 0, count: 12))
        #expect(Hexadecimal.encode(zeros) == "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919")
        let key = try #require(
            Hexadecimal.decode("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"))
        let nonce = try #require(Hexadecimal.decode("cafebabefacedbaddecaf888"))
        let plain = try #require(
            Hexadecimal.decode(
                "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525"
                    + "b16aedf5aa0de657ba637b39"))
        let associated = try #require(Hexadecimal.decode("feedfacedeadbeeffeedfacedeadbeefabaddad2"))
        let cipher = AESGCM256(key: key)
        let sealed = cipher.seal(plain, nonce: nonce, associated: associated)
        #expect(
            Hexadecimal.encode(sealed)
                == "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838"
                + "c5f61e6393ba7a0abcc9f662" + "76fc6ece0f4e1768cddf8853bb2d551b")
        #expect(cipher.open(sealed, nonce: nonce, associated: associated) == plain)
    }

    @Test(arguments: [0, 1, 15, 16, 17, 5000])
    func `what was sealed opens, with one context for many calls`(count: Int) {
        let cipher = AESGCM256(key: SystemRandom.octets(32))
        let plain = SystemRandom.octets(count)
        for number in 0..<3 as Range<UInt8> {
            let nonce = Octets(repeating: number, count: 12)
            let sealed = cipher.seal(plain, nonce: nonce, associated: [number])
            #expect(sealed.count == count + AESGCM256.tagLength)
            #expect(cipher.open(sealed, nonce: nonce, associated: [number]) == plain)
        }
    }

    @Test func `any changed octet, nonce, key or associated octet is refused`() {
        let key = SystemRandom.octets(32)
        let nonce = SystemRandom.octets(12)
        let sealed = AESGCM256.seal(Octets(text: "a letter"), key: key, nonce: nonce, associated: [1, 2])
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1
            #expect(AESGCM256.open(changed, key: key, nonce: nonce, associated: [1, 2]) == nil)
        }
        #expect(AESGCM256.open(sealed, key: SystemRandom.octets(32), nonce: nonce, associated: [1, 2]) == nil)
        #expect(AESGCM256.open(sealed, key: key, nonce: SystemRandom.octets(12), associated: [1, 2]) == nil)
        #expect(AESGCM256.open(sealed, key: key, nonce: nonce, associated: [1]) == nil)
        #expect(AESGCM256.open(sealed, key: key, nonce: nonce) == nil)
        #expect(AESGCM256.open(Octets(sealed.prefix(15)), key: key, nonce: nonce) == nil)
        #expect(AESGCM256.open(sealed, key: key, nonce: [1], associated: [1, 2]) == nil)
    }

    @Test func `a buffer is sealed and opened in place, and wiped when it is not genuine`() {
        let cipher = AESGCM256(key: SystemRandom.octets(32))
        let nonce = SystemRandom.octets(12)
        let plain = Octets(text: "in place, without a copy")
        var buffer = plain + Octets(repeating: 0, count: 16)
        buffer.withUnsafeMutableBytes { buffer in
            cipher.seal(UnsafeRawBufferPointer(rebasing: buffer[0..<plain.count]), nonce: nonce, into: buffer)
        }
        #expect(buffer == cipher.seal(plain, nonce: nonce))
        var damaged = buffer
        damaged[0] ^= 1
        let opened = buffer.withUnsafeMutableBytes { buffer in
            cipher.open(UnsafeRawBufferPointer(buffer), nonce: nonce, into: buffer)
        }
        #expect(opened)
        #expect(Octets(buffer.prefix(plain.count)) == plain)
        let refused = damaged.withUnsafeMutableBytes { damaged in
            cipher.open(UnsafeRawBufferPointer(damaged), nonce: nonce, into: damaged)
        }
        #expect(!refused)
        #expect(damaged.prefix(plain.count).allSatisfy { $0 == 0 })
    }
}
