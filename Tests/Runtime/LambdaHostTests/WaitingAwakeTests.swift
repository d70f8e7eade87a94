import CLauncher
import FunctionRuntime
import Glibc
import LambdaHost
import MailTypes
import Testing

/// Who waits awake for the next event, and where.
@Suite(.timeLimit(.minutes(10))) struct WaitingAwakeTests {
    @Test func `a function may use every core, however its calls follow each other`() async throws {
        try await TestHost.run { test in
            let source = "import os\ndef handler(e, c): return len(os.sched_getaffinity(0))\n"
            let function = try await test.python(source)
            let everywhere = try await test.call(function).text
            for _ in 0..<2_000 { #expect(try await test.call(function).text == everywhere) }
        }
    }

    @Test func `a process is moved off the caller's core and keeps the choice of all`() throws {
        var process: pid_t = 0
        let words: [UnsafeMutablePointer<CChar>?] =
            (["sh", "-c", "while :; do :; done"] as [String]).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        try #require(posix_spawnp(&process, "sh", nil, nil, words, nil) == 0)
        defer {
            kill(process, SIGKILL)
            waitpid(process, nil, 0)
        }
        let before = try #require(Self.cores(of: process))
        for _ in 0..<100 { #expect(launcher_push_off(process) == 0) }
        #expect(Self.cores(of: process) == before)
        // Nobody's process, and one that is not there.
        #expect(launcher_push_off(-1) == -1)
    }

    /// `Cpus_allowed_list` of /proc/PID/status.
    private static func cores(of process: pid_t) -> String? {
        guard let file = fopen("/proc/\(process)/status", "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 1024)
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if text.hasPrefix("Cpus_allowed_list:") { return text }
        }
        return nil
    }
}
