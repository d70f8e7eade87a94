import Glibc
import MailTypes

/// Files the command line reads and writes.
enum File {
    /// Largest file read, in octets: a template, an event, a message.
    static let limitOctets = 64 << 20

    /// The octets of a file; `-` is standard input.
    static func read(_ path: String) throws(Refusal) -> Octets {
        let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .failed("cannot read \(path): \(reason)", next: "check the path") }
        defer { if descriptor != STDIN_FILENO { Glibc.close(descriptor) } }
        var octets: Octets = []
        var chunk = Octets(repeating: 0, count: 65536)
        while true {
            let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw .failed("cannot read \(path): \(reason)", next: "check the path")
            }
            if count == 0 { return octets }
            octets += chunk[0..<count]
            guard octets.count <= limitOctets else {
                throw .failed("\(path) is larger than \(limitOctets >> 20) MiB", next: "send it over SMTP instead")
            }
        }
    }

    /// Replaces a file in one step, readable by its owner only.
    static func write(_ octets: Octets, to path: String) throws(Refusal) {
        let draft = path + ".new"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw .failed("cannot write \(path): \(reason)", next: "check the directory's owner and space")
        }
        Output.write(octets, to: descriptor)
        let synced = fsync(descriptor)
        Glibc.close(descriptor)
        guard synced == 0, rename(draft, path) == 0 else {
            throw .failed("cannot write \(path): \(reason)", next: "check the directory's owner and space")
        }
    }

    /// Where the process runs.
    static var workingDirectory: String {
        var buffer = [CChar](repeating: 0, count: 4096)
        guard getcwd(&buffer, 4095) != nil else { return "." }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Where a file that exists really is, from the root, through every link; nil when it is not there.
    static func absolute(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Makes a directory that only its owner can enter, and those above it.
    static func makeDirectory(_ path: String) throws(Refusal) {
        var built = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            built += part + "/"
            if mkdir(built, 0o700) != 0, errno != EEXIST {
                throw .failed("cannot make directory \(built): \(reason)", next: "choose another one with --data")
            }
        }
    }

    /// What the system says of the last error.
    static var reason: String { String(cString: strerror(errno)) }
}
