import Glibc
import MailTypes

@testable import LambdaHost

/// The machine's processes by their command lines, words ended by NUL.
enum ProcessList {
    static func ids(_ matches: (String) -> Bool) -> [pid_t] {
        Folder.names(in: "/proc").compactMap { name in
            guard let id = pid_t(name) else { return nil }
            let line = text("/proc/\(name)/cmdline")
            return !line.isEmpty && matches(line) ? id : nil
        }
    }

    /// The words of a process's command line.
    static func words(of process: pid_t) -> [String] {
        text("/proc/\(process)/cmdline").split(separator: "\u{0}").map(String.init)
    }

    /// The processes that a process is the parent of.
    static func children(of process: pid_t) -> [pid_t] {
        text("/proc/\(process)/task/\(process)/children").split(separator: " ").compactMap { pid_t($0) }
    }

    private static func text(_ path: String) -> String {
        let descriptor = open(path, O_RDONLY)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var buffer = Octets(repeating: 0, count: 4096)
        let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        return Octets(buffer.prefix(max(0, count))).text
    }
}
