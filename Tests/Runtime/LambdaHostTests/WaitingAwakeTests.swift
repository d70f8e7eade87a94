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

    @Test func `who waits awake and cannot yield has long slices, where the system knows of them`() async throws {
        try await TestHost.run { test in
            let source = """
                const fs = require("node:fs");
                exports.handler = async () => /^se\\.slice *: *(\\d+)$/m.exec(fs.readFileSync("/proc/self/sched", "utf8"))?.[1] ?? null;
                """
            let slice = try await test.call(try await test.node(source)).text
            // Without the kernel's account of it there is nothing to see; before Linux 6.12 it is the system's.
            let known = ["null", #""5000000""#]
            #expect(known.contains(slice) || !Self.hasSlices, "\(slice)")
        }
    }

    /// Linux 6.12 or later.
    private static var hasSlices: Bool {
        var system = utsname()
        uname(&system)
        let release = withUnsafeBytes(of: system.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        let numbers = release.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
        return !numbers.lexicographicallyPrecedes([6, 12])
    }

    @Test func `a process is kept off the caller's core until it may run anywhere again, also one that sleeps`() throws
    {
        for script in ["while :; do :; done", "while read line; do :; done"] as [String] {
            var (process, ends): (pid_t, [Int32]) = (0, [-1, -1])
            try #require(launcher_channel(&ends) == 0)
            defer { for end in ends { close(end) } }
            var actions = posix_spawn_file_actions_t()
            posix_spawn_file_actions_init(&actions)
            posix_spawn_file_actions_adddup2(&actions, ends[1], 0)
            defer { posix_spawn_file_actions_destroy(&actions) }
            let words: [UnsafeMutablePointer<CChar>?] = (["sh", "-c", script] as [String]).map { strdup($0) } + [nil]
            defer { for word in words { free(word) } }
            try #require(posix_spawnp(&process, "sh", &actions, nil, words, nil) == 0)
            defer {
                kill(process, SIGKILL)
                waitpid(process, nil, 0)
            }
            let everywhere = try #require(Self.cores(of: process))
            for _ in 0..<100 {
                var former = launcher_cores()
                let isKept = launcher_keep_off(process, &former)
                // A machine of one core has nowhere else.
                #expect(isKept == (everywhere.contains { ",-".contains($0) } ? 1 : 0))
                guard isKept == 1 else { continue }
                let others = try #require(Self.cores(of: process))
                #expect(others != everywhere)
                #expect(write(ends[0], "\n", 1) == 1)
                let core = try #require(Self.core(of: process))
                #expect(Self.list(others).contains(core))
                launcher_let_go(process, &former)
                #expect(Self.cores(of: process) == everywhere)
            }
            #expect(waitpid(process, nil, WNOHANG) == 0)
        }
        // Nobody's process.
        var former = launcher_cores()
        #expect(launcher_keep_off(-1, &former) == -1)
    }

    /// The numbers of a line like `Cpus_allowed_list: 0-3,7`.
    private static func list(_ line: String) -> Set<Int> {
        let ranges = line.drop { $0 != ":" }.dropFirst().split { $0 == "," || $0.isWhitespace }
        return Set(
            ranges.flatMap { range in
                let ends = range.split(separator: "-").compactMap { Int($0) }
                return ends.isEmpty ? [] : Array(ends[0]...ends[ends.count - 1])
            })
    }

    /// The core that a process is or was last on: the 37th field after the name in /proc/PID/stat.
    private static func core(of process: pid_t) -> Int? {
        guard let file = fopen("/proc/\(process)/stat", "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 1024)
        guard fgets(&line, Int32(line.count), file) != nil else { return nil }
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
        return fields.count > 37 ? Int(fields[37]) : nil
    }

    /// `Cpus_allowed_list` of /proc/PID/status.
    static func cores(of process: pid_t) -> String? {
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
