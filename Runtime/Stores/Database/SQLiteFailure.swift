import CSQLite
import FunctionRuntime
import Glibc

/// What SQLite said, before it is told in the words of a store.
struct SQLiteFailure: Error {
    let code: Int32
    private let systemError: Int32
    private let text: String

    /// Takes code, message and system error from the connection.
    init(_ code: Int32, _ handle: OpaquePointer?, doing what: String) {
        self.code = code
        systemError = handle.map { sqlite3_system_errno($0) } ?? 0
        let message = String(cString: handle.map { sqlite3_errmsg($0) } ?? sqlite3_errstr(code))
        let system = systemError == 0 ? "" : ", system error \(systemError)"
        text = "\(what): \(message) (SQLite \(code)\(system))"
    }

    private var primary: Int32 { code & 0xFF }

    /// No space, no quota, or over the process's limit on file sizes.
    private var isFull: Bool {
        primary == SQLITE_FULL || (primary == SQLITE_IOERR && NoSpace.errors.contains(systemError))
    }

    /// True when what was written may be lost although later writes seem to work (reference/faults.md F101).
    var endsPromises: Bool { primary == SQLITE_IOERR && !isFull }

    /// The failure as callers of a store see it.
    var storeFailure: StoreFailure {
        switch primary {
        case _ where isFull: .diskFull
        case SQLITE_CORRUPT, SQLITE_NOTADB: .damaged(text)
        case SQLITE_CONSTRAINT: .conflict(text)
        default: .down(text)
        }
    }
}

/// System errors that say there is no room (reference/faults.md F102).
enum NoSpace {
    static let errors: Set<Int32> = [ENOSPC, EDQUOT, EFBIG]

    /// The store's failure for a system error while doing something.
    static func failure(_ error: Int32, doing what: String) -> StoreFailure {
        errors.contains(error) ? .diskFull : .down("\(what): \(String(cString: strerror(error)))")
    }
}
