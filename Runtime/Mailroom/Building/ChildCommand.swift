import Glibc
import MailTypes

/// Runs a program of this machine and waits for it: pip, npm, make. Its own output is kept and shown when it fails.
enum ChildCommand {
    /// Octets of output that are kept, the last ones.
    private static let keptOctets = 16 << 10

    /// Runs a program found on PATH.
    /// - Parameter directory: where it runs; nil for here.
    /// - Returns: exit status (127 when there is no such program) and the end of what it wrote.
    static func run(_ words: [String], in directory: String? = nil, environment: [String: String] = [:])
        -> (status: Int32, output: String)
    {
        var pipes: [Int32] = [0, 0]
        guard pipe(&pipes) == 0 else { return (126, File.reason) }
        defer { close(pipes[0]) }
        // The child gets the copies below and neither of these.
        for descriptor in pipes { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, pipes[1], STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, pipes[1], STDERR_FILENO)
        // Signals that a server blocks or ignores for itself are the child's again.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigaddset(&signals, SIGPIPE)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        // `env -C` changes the directory: posix_spawn of this C library cannot portably.
        let command = directory.map { ["env", "-C", $0] + words } ?? words
        var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = Self.variables(environment).map { strdup($0) } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var child: pid_t = 0
        let problem = posix_spawnp(&child, command[0], &actions, &attributes, &arguments, &variables)
        close(pipes[1])
        guard problem == 0 else { return (127, String(cString: strerror(problem))) }
        var output: Octets = []
        var chunk = Octets(repeating: 0, count: 4096)
        while true {
            let count = chunk.withUnsafeMutableBytes { read(pipes[0], $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            output += chunk[0..<count]
            if output.count > keptOctets * 2 { output.removeFirst(output.count - keptOctets) }
        }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        // Exit status, or 128 and the signal, as a shell counts.
        return (status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F, output.suffix(keptOctets).text)
    }

    /// Our own environment with these on top.
    private static func variables(_ more: [String: String]) -> [String] {
        var all: [String: String] = [:]
        var place = environ
        while let text = place.pointee {
            let assignment = String(cString: text)
            if let equals = assignment.firstIndex(of: "=") {
                all[String(assignment[..<equals])] = String(assignment[assignment.index(after: equals)...])
            }
            place += 1
        }
        return all.merging(more) { $1 }.map { "\($0.key)=\($0.value)" }
    }
}

extension ArraySlice<UInt8> {
    fileprivate var text: String { String(decoding: self, as: UTF8.self) }
}
