import CSQLite

/// The writer's write-ahead log as SQLite sees it: a file that keeps what is appended until it is asked for, made durable or grown
/// past a limit, and then hands it to the kernel in one piece.
///
/// SQLite writes each page of a commit in two calls, one of 24 octets: some 200 calls for a commit in which a message goes to fifty
/// mailboxes. Readers look at frames only once the commit that holds them is durable (walIndexWriteHdr comes after xSync, which
/// `PRAGMA synchronous=FULL` asks for with each commit), so nobody but the writer's own connection, which asks through this
/// file, can miss what is still here.
///
/// Lives in memory of SQLite's, with the system's own file behind it. Its first member is what SQLite looks for there.
struct LogFile {
    /// Octets kept at most: thirty pages and a little.
    static let limit = 128 << 10

    private var base: sqlite3_file
    private let real: UnsafeMutablePointer<sqlite3_file>
    private var kept: UnsafeMutableRawPointer?
    private var count = 0
    /// Where in the file the first octet kept belongs.
    private var start: Int64 = 0

    /// A file over one that was opened, or not: then SQLite must not close it either.
    init(over real: UnsafeMutablePointer<sqlite3_file>) {
        base = sqlite3_file(pMethods: real.pointee.pMethods == nil ? nil : Self.methods)
        self.real = real
    }

    private var system: sqlite3_io_methods { real.pointee.pMethods.pointee }

    /// Gives what is kept to the system. When that fails SQLite hears of it and forgets the commit, so it is not kept either.
    private mutating func flush() -> Int32 {
        guard count > 0 else { return SQLITE_OK }
        defer { count = 0 }
        return system.xWrite(real, kept, Int32(count), start)
    }

    private mutating func write(_ octets: UnsafeRawPointer, _ length: Int, at offset: Int64) -> Int32 {
        if count > 0, offset != start + Int64(count) || count + length > Self.limit {
            let code = flush()
            guard code == SQLITE_OK else { return code }
        }
        guard length <= Self.limit else { return system.xWrite(real, octets, Int32(length), offset) }
        let place = kept ?? .allocate(byteCount: Self.limit, alignment: 16)
        kept = place
        if count == 0 { start = offset }
        (place + count).copyMemory(from: octets, byteCount: length)
        count += length
        return SQLITE_OK
    }

    private mutating func close() -> Int32 {
        // SQLite closes a log that it wants to keep after its last sync only.
        let code = flush()
        kept?.deallocate()
        kept = nil
        let closed = system.xClose(real)
        return code == SQLITE_OK ? closed : code
    }

    /// What the file kept goes to the system before this is asked of it.
    private mutating func ask(_ question: (sqlite3_io_methods, UnsafeMutablePointer<sqlite3_file>) -> Int32) -> Int32 {
        let code = flush()
        return code == SQLITE_OK ? question(system, real) : code
    }

    private static func at(_ file: UnsafeMutablePointer<sqlite3_file>?) -> UnsafeMutablePointer<LogFile> {
        guard let file else { preconditionFailure("SQLite asks no file of nothing") }
        return UnsafeMutableRawPointer(file).assumingMemoryBound(to: LogFile.self)
    }

    /// Never changed once made: SQLite reads it on the writer's thread.
    private nonisolated(unsafe) static let methods: UnsafePointer<sqlite3_io_methods> = {
        var all = sqlite3_io_methods()
        all.iVersion = 1
        all.xClose = { LogFile.at($0).pointee.close() }
        all.xRead = { file, into, length, offset in
            LogFile.at(file).pointee.ask { $0.xRead($1, into, length, offset) }
        }
        all.xWrite = { file, octets, length, offset in
            guard let octets else { return SQLITE_MISUSE }
            return LogFile.at(file).pointee.write(octets, Int(length), at: offset)
        }
        all.xTruncate = { file, size in LogFile.at(file).pointee.ask { $0.xTruncate($1, size) } }
        all.xSync = { file, flags in LogFile.at(file).pointee.ask { $0.xSync($1, flags) } }
        all.xFileSize = { file, size in LogFile.at(file).pointee.ask { $0.xFileSize($1, size) } }
        // The log is not locked; the database's file is.
        all.xLock = { _, _ in SQLITE_OK }
        all.xUnlock = { _, _ in SQLITE_OK }
        all.xCheckReservedLock = { _, isReserved in
            isReserved?.pointee = 0
            return SQLITE_OK
        }
        all.xFileControl = { file, operation, argument in
            let log = LogFile.at(file)
            return log.pointee.system.xFileControl(log.pointee.real, operation, argument)
        }
        all.xSectorSize = { LogFile.at($0).pointee.system.xSectorSize(LogFile.at($0).pointee.real) }
        all.xDeviceCharacteristics = {
            LogFile.at($0).pointee.system.xDeviceCharacteristics(LogFile.at($0).pointee.real)
        }
        let place = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
        place.initialize(to: all)
        return UnsafePointer(place)
    }()
}
