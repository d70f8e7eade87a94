import CSQLite
import FunctionRuntime
import MailTypes

/// A prepared statement. Used through `Connection` and `Rows`.
final class Statement {
    private let pointer: OpaquePointer
    private let handle: OpaquePointer
    private(set) var isBusy = false
    /// False for one that nobody keeps: it ends with its use.
    var isCached = false
    private var isFinished = false

    init(_ sql: String, on handle: OpaquePointer) throws(StoreFailure) {
        var pointer: OpaquePointer?
        let code = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &pointer, nil)
        guard code == SQLITE_OK, let pointer else {
            throw SQLiteFailure(code, handle, doing: "preparing \(sql)").storeFailure
        }
        (self.pointer, self.handle) = (pointer, handle)
    }

    func taken() -> Statement {
        isBusy = true
        return self
    }

    func bind(_ values: [SQLValue]) throws(StoreFailure) {
        for (index, value) in values.enumerated() {
            let place = Int32(index + 1)
            let code =
                switch value {
                case .null: sqlite3_bind_null(pointer, place)
                case .int(let int): sqlite3_bind_int64(pointer, place, Int64(int))
                case .text(var text):
                    text.withUTF8 { utf8 in
                        csqlite_bind_text_copy(pointer, place, utf8.baseAddress, UInt64(utf8.count))
                    }
                case .octets(let octets):
                    // No address at all would bind NULL.
                    octets.isEmpty
                        ? sqlite3_bind_zeroblob(pointer, place, 0)
                        : csqlite_bind_blob_copy(pointer, place, octets, UInt64(octets.count))
                }
            guard code == SQLITE_OK else {
                reset()
                throw SQLiteFailure(code, handle, doing: "binding a value").storeFailure
            }
        }
    }

    /// Runs to the end with the octets bound where they lie, after so many other values.
    func step(binding content: Octets, at count: Int) throws(StoreFailure) {
        let code = content.withUnsafeBytes { octets -> Int32 in
            let place = Int32(count + 1)
            let bound =
                octets.isEmpty
                ? sqlite3_bind_zeroblob(pointer, place, 0)
                : csqlite_bind_blob_static(pointer, place, octets.baseAddress, UInt64(octets.count))
            guard bound == SQLITE_OK else { return bound }
            let code = sqlite3_step(pointer)
            // The octets go away: nothing may point at them any more.
            sqlite3_reset(pointer)
            sqlite3_clear_bindings(pointer)
            return code
        }
        guard code == SQLITE_DONE || code == SQLITE_ROW else {
            throw SQLiteFailure(code, handle, doing: "writing content").storeFailure
        }
    }

    func stepCode() -> Int32 { sqlite3_step(pointer) }

    /// True while there is a row.
    func step() throws(StoreFailure) -> Bool {
        switch sqlite3_step(pointer) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code:
            throw SQLiteFailure(code, handle, doing: String(cString: sqlite3_sql(pointer))).storeFailure
        }
    }

    func reset() {
        sqlite3_reset(pointer)
        isBusy = false
        if !isCached { finish() }
    }

    func finish() {
        guard !isFinished else { return }
        isFinished = true
        sqlite3_finalize(pointer)
    }

    func isNull(_ column: Int) -> Bool { sqlite3_column_type(pointer, Int32(column)) == SQLITE_NULL }

    func int(_ column: Int) -> Int { Int(sqlite3_column_int64(pointer, Int32(column))) }

    func text(_ column: Int) -> String {
        guard let start = sqlite3_column_text(pointer, Int32(column)) else { return "" }
        let count = Int(sqlite3_column_bytes(pointer, Int32(column)))
        return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    func withOctets<Result>(_ column: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        let start = sqlite3_column_blob(pointer, Int32(column))
        let count = Int(sqlite3_column_bytes(pointer, Int32(column)))
        return body(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count))
    }
}
