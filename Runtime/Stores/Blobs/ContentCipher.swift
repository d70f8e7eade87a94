import Cryptography
import FunctionRuntime
import MailTypes

/// Seals and opens one content under its own key, whole or in chunks of 64 KiB.
///
/// The key is used for this content only, so chunk numbers serve as nonces; the last chunk is marked, so that content cut
/// short does not open. In a segment each sealed chunk stands in a frame: magic, length, CRC-32C and number, four octets
/// each, most significant first.
struct ContentCipher {
    /// Octets of plain text in each chunk but the last.
    static let chunkOctets = 64 << 10
    /// Octets before each sealed chunk.
    static let frameHeader = 16
    /// Octets of a full frame.
    static let frameOctets = frameHeader + chunkOctets + AESGCM256.tagLength
    private static let magic: UInt32 = 0x4D52_4631

    private let cipher: AESGCM256

    /// A cipher under this content's key.
    init(_ key: SealingKey) { cipher = AESGCM256(key: key.octets) }

    /// Octets in a segment for content of so many.
    static func framedOctets(for size: Int) -> Int {
        let chunks = max(1, (size + chunkOctets - 1) / chunkOctets)
        return size + chunks * (frameHeader + AESGCM256.tagLength)
    }

    /// Small content in one piece, for a row.
    func sealWhole(_ plain: Octets, digest: Octets) -> Octets {
        cipher.seal(plain, nonce: Self.nonce(UInt32.max), associated: digest)
    }

    /// What `sealWhole` sealed; nil when it was changed.
    func openWhole(_ sealed: UnsafeRawBufferPointer, digest: Octets) -> Octets? {
        cipher.open(sealed, nonce: Self.nonce(UInt32.max), associated: digest)
    }

    /// One chunk in its frame.
    func frame(_ plain: UnsafeRawBufferPointer, number: UInt32, isLast: Bool) -> Octets {
        let sealedOctets = plain.count + AESGCM256.tagLength
        return Octets(unsafeUninitializedCapacity: Self.frameHeader + sealedOctets) { out, count in
            let frame = UnsafeMutableRawBufferPointer(out)
            let sealed = UnsafeMutableRawBufferPointer(
                rebasing: frame[Self.frameHeader..<Self.frameHeader + sealedOctets])
            cipher.seal(plain, nonce: Self.nonce(number), associated: [isLast ? 1 : 0], into: sealed)
            let check = CRC32.castagnoli.checksum(UnsafeRawBufferPointer(sealed))
            for (index, word) in [Self.magic, UInt32(sealedOctets), check, number].enumerated() {
                frame.storeBytes(of: word.bigEndian, toByteOffset: index * 4, as: UInt32.self)
            }
            count = Self.frameHeader + sealedOctets
        }
    }

    /// Opens a frame into a buffer that has exactly its room; false when anything is not as it was written.
    func open(
        frame: UnsafeRawBufferPointer, number: UInt32, isLast: Bool, into plain: UnsafeMutableRawBufferPointer
    ) -> Bool {
        let sealed = UnsafeRawBufferPointer(rebasing: frame[Self.frameHeader...])
        guard Self.isWhole(frame, number: number), sealed.count == plain.count + AESGCM256.tagLength else {
            return false
        }
        return cipher.open(sealed, nonce: Self.nonce(number), associated: [isLast ? 1 : 0], into: plain)
    }

    /// True when the frame's header and check fit its octets: told without the key.
    static func isWhole(_ frame: UnsafeRawBufferPointer, number: UInt32) -> Bool {
        guard frame.count >= frameHeader else { return false }
        func word(_ index: Int) -> UInt32 {
            UInt32(bigEndian: frame.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self))
        }
        let sealed = UnsafeRawBufferPointer(rebasing: frame[frameHeader...])
        return word(0) == magic && word(1) == UInt32(sealed.count) && word(3) == number
            && word(2) == CRC32.castagnoli.checksum(sealed)
    }

    private static func nonce(_ number: UInt32) -> Octets {
        withUnsafeBytes(of: number.bigEndian) { Octets(repeating: 0, count: AESGCM256.nonceLength - 4) + $0 }
    }
}
