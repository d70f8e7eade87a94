import Glibc
import MailTypes

/// Folders of the host's own.
enum Folder {
    /// Names in a folder, sorted; none when it is not there.
    static func names(in path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Makes a folder with those above it. A function with a user id of its own gets through, but cannot list it.
    static func make(_ path: String, mode: mode_t = 0o711) -> Bool {
        var built = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            built += "/" + part
            if mkdir(built, mode) == 0 { chmod(built, mode) } else if errno != EEXIST { return false }
        }
        return true
    }

    /// Removes a folder with everything in it, following no link.
    static func remove(_ path: String) {
        var facts = stat()
        guard lstat(path, &facts) == 0 else { return }
        guard facts.st_mode & S_IFMT == S_IFDIR else {
            unlink(path)
            return
        }
        for name in names(in: path) { remove(path + "/" + name) }
        rmdir(path)
    }

    /// Writes a file that everybody may read, in one step.
    static func write(_ octets: Octets, to path: String, mode: mode_t = 0o644) -> Bool {
        let draft = path + ".new"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard descriptor >= 0 else { return false }
        fchmod(descriptor, mode)
        var start = 0
        while start < octets.count {
            let count = octets.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress.map { $0 + start }, octets.count - start)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            start += count
        }
        let isDurable = start == octets.count && fsync(descriptor) == 0
        close(descriptor)
        return isDurable && rename(draft, path) == 0
    }

    /// The octets of a file; nil when it cannot be read.
    static func read(_ path: String, limitOctets: Int = 256 << 20) -> Octets? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var facts = stat()
        guard fstat(descriptor, &facts) == 0, facts.st_size <= limitOctets else { return nil }
        var octets = Octets(repeating: 0, count: Int(facts.st_size))
        var start = 0
        while start < octets.count {
            let room = octets.count - start
            let count = octets.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress.map { $0 + start }, room)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return nil }
            start += count
        }
        return octets
    }
}
