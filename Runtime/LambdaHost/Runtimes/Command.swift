import CLauncher
import Glibc
import MailTypes

/// Runs a program of the machine and waits for it. Blocks: for threads kept for that only.
enum Command {
    /// Most octets of output that are kept.
    private static let outputLimit = 1 << 20

    /// What it prints on standard output, when it ends with 0; nil otherwise.
    static func output(_ words: [String], variables: [String] = ["PATH=/usr/local/bin:/usr/bin:/bin"]) -> String? {
        let (status, text) = run(words, variables: variables)
        return status == 0 ? text : nil
    }

    /// Its exit code (-1 when it did not start or was killed) and what it prints, errors included when asked for.
    static func run(_ words: [String], variables: [String], includesErrors: Bool = false) -> (Int32, String) {
        guard let program = words.first else { return (-1, "") }
        var ends: [Int32] = [-1, -1]
        guard launcher_pipe(&ends) == 0 else { return (-1, "") }
        defer { close(ends[0]) }
        _ = fcntl(ends[0], F_SETFL, 0)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        if includesErrors {
            posix_spawn_file_actions_adddup2(&actions, ends[1], 2)
        } else {
            posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        }
        let arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        let environment: [UnsafeMutablePointer<CChar>?] = variables.map { strdup($0) } + [nil]
        defer { for text in arguments + environment { free(text) } }
        var process = pid_t()
        let result = posix_spawn(&process, program, &actions, nil, arguments, environment)
        close(ends[1])
        guard result == 0 else { return (-1, String(cString: strerror(result))) }
        var output: Octets = []
        var chunk = Octets(repeating: 0, count: 65536)
        while true {
            let count = chunk.withUnsafeMutableBytes { read(ends[0], $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            if output.count < outputLimit { output += chunk[..<count] }
        }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 { guard errno == EINTR else { return (-1, output.text) } }
        return (status & 0x7F == 0 ? status >> 8 & 0xFF : -1, output.text)
    }
}
