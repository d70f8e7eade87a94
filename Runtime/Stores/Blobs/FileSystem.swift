import FunctionRuntime
import Glibc

/// The few things the stores ask of directories.
enum FileSystem {
    /// Makes names in this directory survive a power cut.
    static func makeDurable(directory: String) throws(StoreFailure) {
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw NoSpace.failure(errno, doing: "opening \(directory)") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw NoSpace.failure(errno, doing: "syncing \(directory)") }
    }

    /// Makes a directory for its owner only, unless it is there.
    static func make(directory: String) throws(StoreFailure) {
        guard mkdir(directory, 0o700) == 0 || errno == EEXIST else {
            throw NoSpace.failure(errno, doing: "making \(directory)")
        }
    }

    /// Makes a database file that only its owner can open, and takes such a file and its log away from everybody else
    /// when a former release made them. SQLite gives new logs the mode of the database.
    ///
    /// To be called while the process has no connection to it: closing any descriptor of a file gives up all its locks.
    static func makePrivate(database path: String) throws(StoreFailure) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw NoSpace.failure(errno, doing: "opening \(path)") }
        close(descriptor)
        for name in [path, path + "-wal", path + "-shm"] {
            guard chmod(name, 0o600) == 0 || errno == ENOENT else {
                throw NoSpace.failure(errno, doing: "taking \(name) away from others")
            }
        }
    }

    /// Names in a directory.
    static func names(in directory: String) throws(StoreFailure) -> [String] {
        guard let stream = opendir(directory) else { throw NoSpace.failure(errno, doing: "listing \(directory)") }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { octets in
                String(decoding: octets.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// What stands before the last slash; `.` when there is none.
    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
