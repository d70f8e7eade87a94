import Glibc
import MailTypes

@testable import LambdaHost

/// The machine's processes by their command lines, words ended by NUL.
enum ProcessList {
    static func ids(_ matches: (String) -> Bool) -> [pid_t] {
        Folder.names(in: "/proc").compactMap { name in
            guard let id = pid_t(name) else { return nil }
            let descriptor = open("/proc/\(name)/cmdline", O_RDONLY)
            guard descriptor >= 0 else { return nil }
            defer { close(descriptor) }
            var buffer = Octets(repeating: 0, count: 1024)
            let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            return count > 0 && matches(Octets(buffer.prefix(count)).text) ? id : nil
        }
    }
}
