import Cryptography
import MailTypes
import Testing

@Suite struct DigestTests {
    @Test func `digests match their standards' examples`() {
        // FIPS 180-4 examples, RFC 1321 §A.5.
        let abc = Octets(text: "abc")
        #expect(
            Hexadecimal.encode(SHA256.digest(abc))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            Hexadecimal.encode(SHA256.digest([]))
                == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(Hexadecimal.encode(SHA1.digest(abc)) == "a9993e364706816aba3e25717850c26c9cd0d89d")
        #expect(Hexadecimal.encode(MD5.digest(abc)) == "900150983cd24fb0d6963f7d28e17f72")
    }

    @Test func `a digest in pieces is the digest of the whole, and finishing starts anew`() {
        let whole = Octets((0..<1000).map { UInt8(truncatingIfNeeded: $0 * 7) })
        let hasher = SHA256.hasher()
        for _ in 0..<2 {
            hasher.update(Octets(whole[..<1]))
            hasher.update(Octets(whole[1..<700]))
            hasher.update([])
            hasher.update(Octets(whole[700...]))
            #expect(hasher.finish() == SHA256.digest(whole))
        }
        #expect(hasher.finish() == SHA256.digest([]))
    }

    @Test func `HMAC matches RFC 4231 and RFC 2202`() {
        let key = Octets(repeating: 0x0B, count: 20)
        #expect(
            Hexadecimal.encode(HMACSHA256.authenticate(Octets(text: "Hi There"), key: key))
                == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
        #expect(
            Hexadecimal.encode(HMACSHA1.authenticate(Octets(text: "Hi There"), key: key))
                == "b617318655057264e28bc0b6fb378c8ef146be00")
        // A key longer than a block.
        #expect(
            Hexadecimal.encode(
                HMACSHA256.authenticate(
                    Octets(text: "Test Using Larger Than Block-Size Key - Hash Key First"),
                    key: Octets(repeating: 0xAA, count: 131)))
                == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
    }

    @Test func `HMAC takes an empty key and empty data`() {
        #expect(
            Hexadecimal.encode(HMACSHA256.authenticate([], key: []))
                == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
    }

    @Test(arguments: [0, 1, 32, 64, 65, 200]) func `a key that was taken in gives the same codes, again and again`(
        length: Int
    ) {
        let key = Octets((0..<length).map { UInt8($0) })
        let taken = HMACSHA256Key(key)
        for count in [0, 1, 3, 55, 56, 64, 1000, 0, 7] {
            let text = Octets((0..<count).map { UInt8(truncatingIfNeeded: 7 * $0) })
            #expect(taken.authenticate(text) == HMACSHA256.authenticate(text, key: key))
        }
    }

    @Test func `HMAC in pieces starts anew under the same key`() {
        let key = Octets(text: "a key")
        let authenticator = HMACSHA256.authenticator(key: key)
        for text in ["first", "second", ""] {
            authenticator.update(Octets(text: text))
            authenticator.update(Octets(text: "!"))
            #expect(authenticator.finish() == HMACSHA256.authenticate(Octets(text: text + "!"), key: key))
        }
    }

    @Test func `checksums match their catalogues' check value, whole and in pieces`() {
        let digits = Octets(text: "123456789")
        #expect(CRC32.ieee.checksum(digits) == 0xCBF4_3926)
        #expect(CRC32.castagnoli.checksum(digits) == 0xE306_9283)
        let long = Octets((0..<1001).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        for cut in [0, 1, 7, 8, 9, 500, 1001] {
            let first = CRC32.ieee.checksum(Octets(long[..<cut]))
            #expect(CRC32.ieee.checksum(Octets(long[cut...]), continuing: first) == CRC32.ieee.checksum(long))
        }
    }

    @Test func `hexadecimal goes both ways and refuses what is none`() {
        #expect(Hexadecimal.encode([0x00, 0xFF, 0x1A]) == "00ff1a")
        #expect(Hexadecimal.decode("00FF1a") == [0x00, 0xFF, 0x1A])
        #expect(Hexadecimal.decode("0") == nil)
        #expect(Hexadecimal.decode("0g") == nil)
        #expect(Hexadecimal.decode("") == [])
    }
}
