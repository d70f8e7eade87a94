import COpenSSL
import FunctionRuntime
import MailTypes
import Synchronization

/// Unpredictable random values for any thread: libcrypto's generator, asked for 4 KiB at a time.
public final class SystemRandom: RandomSource {
    private struct Stock {
        var words = [UInt64](repeating: 0, count: 512)
        var used = 512
    }

    private let stock = Mutex(Stock())

    /// A source with a stock of its own.
    public init() {}

    public func next() -> UInt64 {
        stock.withLock { stock in
            if stock.used == stock.words.count {
                stock.words.withUnsafeMutableBytes { Self.fill($0) }
                stock.used = 0
            }
            let word = stock.words[stock.used]
            // What was handed out must not be found in memory later.
            stock.words[stock.used] = 0
            stock.used += 1
            return word
        }
    }

    /// Random octets for a key or a nonce, straight from the generator.
    public static func octets(_ count: Int) -> Octets {
        Octets(unsafeUninitializedCapacity: count) { out, initialized in
            fill(UnsafeMutableRawBufferPointer(out))
            initialized = count
        }
    }

    private static func fill(_ buffer: UnsafeMutableRawBufferPointer) {
        guard let start = buffer.baseAddress, !buffer.isEmpty else { return }
        let done = RAND_bytes(start.assumingMemoryBound(to: UInt8.self), Int32(buffer.count))
        // Going on with predictable keys would be worse than stopping.
        precondition(done == 1, "the system gives no randomness")
    }
}
