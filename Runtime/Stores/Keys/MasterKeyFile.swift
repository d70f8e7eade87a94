import Cryptography
import FunctionRuntime
import Glibc
import MailTypes

/// The master key as a file of 32 octets that only its owner may read. A rotation keeps the next key in a second file
/// until the database is wrapped in it.
public struct MasterKeyFile: MasterKeySource {
    private let path: String
    private var next: String { path + ".next" }

    /// The key in this file.
    public init(path: String) { self.path = path }

    public func load() throws(StoreFailure) -> [Secret<Octets>] {
        var keys: [Secret<Octets>] = []
        if let current = try Self.read(path) { keys.append(Secret(current)) }
        if let prepared = try Self.read(next) { keys.append(Secret(prepared)) }
        return keys
    }

    public func prepare(_ key: Secret<Octets>) throws(StoreFailure) {
        try Self.write(key.reveal(), to: try Self.read(path) == nil ? path : next)
    }

    public func keepOnly(_ key: Secret<Octets>) throws(StoreFailure) {
        if try Self.read(path) == key.reveal() {
            guard unlink(next) == 0 || errno == ENOENT else { throw NoSpace.failure(errno, doing: "removing \(next)") }
        } else if try Self.read(next) == key.reveal() {
            // The former key goes with this step, and not before: rename replaces it in one move.
            guard rename(next, path) == 0 else { throw NoSpace.failure(errno, doing: "renaming \(next)") }
        } else {
            throw .notFound("that master key in \(path)")
        }
        try FileSystem.makeDurable(directory: FileSystem.parent(of: path))
    }

    private static func read(_ path: String) throws(StoreFailure) -> Octets? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw NoSpace.failure(errno, doing: "opening \(path)")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw NoSpace.failure(errno, doing: "looking at \(path)") }
        guard status.st_mode & 0o077 == 0 else {
            throw .conflict("\(path) can be read by others; run: chmod 600 \(path)")
        }
        var key = Octets(repeating: 0, count: AESGCM256.keyLength + 1)
        guard pread(descriptor, &key, key.count, 0) == AESGCM256.keyLength else {
            throw .damaged("\(path) does not hold a key of 32 octets")
        }
        return Octets(key.prefix(AESGCM256.keyLength))
    }

    /// Under a passing name first: a key file is there whole or not at all.
    private static func write(_ key: Octets, to path: String) throws(StoreFailure) {
        let passing = path + ".new"
        unlink(passing)
        let descriptor = open(passing, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw NoSpace.failure(errno, doing: "making \(passing)") }
        let written = pwrite(descriptor, key, key.count, 0) == key.count && fsync(descriptor) == 0
        let error = errno
        close(descriptor)
        guard written else {
            unlink(passing)
            throw NoSpace.failure(error, doing: "writing \(passing)")
        }
        guard rename(passing, path) == 0 else { throw NoSpace.failure(errno, doing: "renaming \(passing)") }
        try FileSystem.makeDurable(directory: FileSystem.parent(of: path))
    }
}
