import FunctionRuntime
import Glibc
import MailTypes

/// The mark that one process works on a data directory (reference/faults.md F107). It goes with the process, however
/// that ends.
final class DirectoryLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock of this directory; `.conflict` names who has it.
    init(_ directory: String) throws(StoreFailure) {
        let path = directory + "/lock"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw NoSpace.failure(errno, doing: "opening \(path)") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            var owner = Octets(repeating: 0, count: 256)
            let count = pread(descriptor, &owner, owner.count, 0)
            close(descriptor)
            let named = count > 0 ? Octets(owner.prefix(count)).text : "another process"
            throw .conflict(
                "the data directory \(directory) is in use by \(named); stop that process or choose another directory")
        }
        var host = [CChar](repeating: 0, count: 256)
        gethostname(&host, host.count - 1)
        let name = host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        let owner = Octets(text: "process \(getpid()) on ") + name
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, owner, owner.count, 0) == owner.count else {
            let error = errno
            close(descriptor)
            throw NoSpace.failure(error, doing: "writing \(path)")
        }
        self.descriptor = descriptor
    }

    deinit {
        // Closing alone would leave it to a child that is just being started: those have our descriptors until they exec.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }
}
