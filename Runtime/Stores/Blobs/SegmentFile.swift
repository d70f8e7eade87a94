import FunctionRuntime
import Glibc
import MailTypes

/// One open segment. Closed when nobody reads or writes it any more, also after it was removed from its directory.
final class SegmentFile: Sendable {
    private let descriptor: Int32
    let path: String

    /// Opens a segment, or makes it.
    init(_ path: String, create: Bool) throws(StoreFailure) {
        descriptor = open(path, O_RDWR | O_CLOEXEC | (create ? O_CREAT | O_EXCL : 0), 0o600)
        self.path = path
        guard descriptor >= 0 else {
            if errno == ENOENT { throw .notFound(path) }
            throw NoSpace.failure(errno, doing: "opening \(path)")
        }
    }

    deinit { close(descriptor) }

    /// Octets of the file.
    func size() throws(StoreFailure) -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw NoSpace.failure(errno, doing: "looking at \(path)") }
        return Int(status.st_size)
    }

    /// Writes all of these octets.
    func write(_ octets: Octets, at place: Int) throws(StoreFailure) {
        let error = octets.withUnsafeBytes { octets -> Int32 in
            guard let start = octets.baseAddress else { return 0 }
            var written = 0
            while written < octets.count {
                let count = pwrite(descriptor, start + written, octets.count - written, off_t(place + written))
                if count > 0 {
                    written += count
                } else if count == 0 || errno != EINTR {
                    return count == 0 ? EIO : errno
                }
            }
            return 0
        }
        guard error == 0 else { throw NoSpace.failure(error, doing: "writing \(path)") }
    }

    /// Reads up to so many octets; fewer at the end of the file.
    func read(_ count: Int, at place: Int) throws(StoreFailure) -> Octets {
        var error: Int32 = 0
        let octets = Octets(unsafeUninitializedCapacity: count) { out, filled in
            guard let start = out.baseAddress else { return }
            while filled < count {
                let got = pread(descriptor, start + filled, count - filled, off_t(place + filled))
                if got > 0 { filled += got } else if got == 0 { return } else if errno != EINTR { return error = errno }
            }
        }
        guard error == 0 else { throw NoSpace.failure(error, doing: "reading \(path)") }
        return octets
    }

    /// Cuts the file to this length.
    func cut(to length: Int) throws(StoreFailure) {
        guard ftruncate(descriptor, off_t(length)) == 0 else { throw NoSpace.failure(errno, doing: "cutting \(path)") }
    }

    /// Makes its octets survive a power cut.
    func makeDurable() throws(StoreFailure) {
        guard fdatasync(descriptor) == 0 else { throw NoSpace.failure(errno, doing: "syncing \(path)") }
    }
}
