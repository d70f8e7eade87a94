import CSQLite
import Glibc

/// The system's own files for SQLite, except that a write-ahead log is a `LogFile`. For the connection that writes.
enum LogFileSystem {
    /// What to open a database with; nil, SQLite's own, when this could not be registered.
    static var name: String? { isRegistered ? text : nil }

    private static let text = "mailroom-log"
    /// Octets before the system's own file, which SQLite aligns to eight.
    private static let headOctets = (MemoryLayout<LogFile>.size + 7) & ~7

    /// Never changed: SQLite's own, made before the first connection.
    private nonisolated(unsafe) static let system = sqlite3_vfs_find(nil)

    private static let isRegistered: Bool = {
        guard let system, let name = strdup(text) else { return false }
        var own = system.pointee
        own.szOsFile += Int32(headOctets)
        own.zName = UnsafePointer(name)
        own.pNext = nil
        own.xOpen = { _, path, file, flags, given in
            guard let system = LogFileSystem.system, let file else { return SQLITE_CANTOPEN }
            guard flags & SQLITE_OPEN_WAL != 0 else { return system.pointee.xOpen(system, path, file, flags, given) }
            let place = UnsafeMutableRawPointer(file)
            let real = (place + LogFileSystem.headOctets).assumingMemoryBound(to: sqlite3_file.self)
            let code = system.pointee.xOpen(system, path, real, flags, given)
            place.initializeMemory(as: LogFile.self, to: LogFile(over: real))
            return code
        }
        // SQLite keeps it as long as the process lives.
        let place = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
        place.initialize(to: own)
        return sqlite3_vfs_register(place, 0) == SQLITE_OK
    }()
}
