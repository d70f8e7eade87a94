import COpenSSL

/// A stream of libcrypto over memory, for reading and writing PEM.
final class MemoryStream {
    /// The `BIO`.
    let pointer: OpaquePointer

    /// An empty stream.
    init() throws(CryptographyFailure) {
        guard let stream = BIO_new(BIO_s_mem()) else { throw .withLibraryReason("Memory is short") }
        pointer = stream
    }

    /// A stream that reads this text.
    convenience init(_ text: String) throws(CryptographyFailure) {
        try self.init()
        let octets = [UInt8](text.utf8)
        guard BIO_write(pointer, octets, Int32(clamping: octets.count)) == Int32(clamping: octets.count) else {
            throw .withLibraryReason("Memory is short")
        }
    }

    deinit { BIO_free(pointer) }

    /// Everything written and not read yet.
    var text: String {
        var octets = [UInt8](repeating: 0, count: BIO_ctrl_pending(pointer))
        let count = BIO_read(pointer, &octets, Int32(clamping: octets.count))
        return String(decoding: octets.prefix(Int(max(0, count))), as: UTF8.self)
    }
}
