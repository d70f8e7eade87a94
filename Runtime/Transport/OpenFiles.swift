import CLinux
import Glibc

/// The process's limit of open files: each connection needs one.
public enum OpenFiles {
    /// Descriptors that neither peers nor users' functions get: a quarter, and at most so many. The database, segments and DNS
    /// open some now and then; and libdispatch, which looks into /proc each second, ends a process that has none left
    /// (reference/faults.md F106).
    static let keptMost = 256

    /// Peers and users' functions have descriptors below this number: the system gives the lowest that is free.
    public static let end: Int32 = {
        var limits = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits) == 0 else { return .max }
        let limit = Int(clamping: limits.rlim_cur)
        return Int32(clamping: limit - min(keptMost, limit / 4))
    }()

    /// Raises the limit as far as the system allows and gives what holds then. Call it once, at start, and report it.
    @discardableResult
    public static func raiseLimit() -> Int { Int(clamping: clinux_raise_open_files()) }
}
