import FunctionRuntime
import Glibc
import MailTypes
import Testing
import Transport

@testable import LambdaHost

/// Functions that mean harm hurt only themselves (reference/faults.md F118). Needs namespaces, which a build machine run as
/// root has; elsewhere the weaker isolation is not put to these tests.
@Suite(.enabled(if: getuid() == 0), .timeLimit(.minutes(10))) struct SandboxTests {
    @Test(arguments: TestHost.Start.allCases)
    func `a function sees neither the data directory, nor other functions' code, nor the machine's homes`(
        _ start: TestHost.Start
    ) async throws {
        try await TestHost.run({ _ in }, start) { test in
            let other = try await test.python("SECRET = 1\ndef handler(e, c): return 1\n", name: "other")
            _ = try await test.call(other)
            let function = try await test.python(
                """
                import os, time
                def look(path):
                    try: return sorted(os.listdir(path))
                    except OSError as problem: return type(problem).__name__
                def processes():
                    # A fork that came too late is gone by itself, but perhaps not at once.
                    end = time.monotonic() + 60
                    while len(found := [p for p in look("/proc") if p.isdigit()]) > 2 and time.monotonic() < end: time.sleep(0.01)
                    return found
                def handler(event, context):
                    try: open("/var/task/app.py", "w"); writable = True
                    except OSError: writable = False
                    return {"data": look(event), "root": look("/"), "var": look("/var"), "home": look("/home"),
                        "proc": processes(), "uid": os.getuid(), "fds": len(os.listdir("/proc/self/fd")),
                        "tmp": look("/tmp"), "writable": writable}
                """)
            let seen = try JSONValue(parsing: try await test.call(function, "\"\(test.directory)\"").payload)
            #expect(seen["data"]?.string == "FileNotFoundError")
            #expect(seen["var"]?.array?.map(\.string) == ["lang", "runtime", "task"])
            #expect(seen["home"]?.string == "FileNotFoundError")
            #expect(seen["proc"]?.array?.count == 2)
            #expect(seen["uid"]?.integer.map { $0 > 200_000 } == true)
            // Its own three, its connection, and the folder it reads.
            #expect(seen["fds"]?.integer == 5)
            #expect(seen["tmp"]?.array?.isEmpty == true)
            #expect(seen["writable"]?.bool == false)
        }
    }

    // One after the other: what fills /tmp fills the machine's memory.
    @Test(.serialized, arguments: TestHost.Start.allCases)
    func `a fork bomb, a hoarder of descriptors and a filler of tmp are stopped by their limits`(
        _ start: TestHost.Start
    ) async throws {
        try await TestHost.run({ $0.processes = 50 }, start) { test in
            let function = try await test.python(
                """
                import os, time
                def handler(event, context):
                    if event == "fork":
                        for n in range(2000):
                            try: pid = os.fork()
                            except OSError: return ["stopped", 20 <= n <= 50]
                            if pid == 0: time.sleep(60); os._exit(0)
                    if event == "files":
                        held = []
                        try:
                            for n in range(5000): held.append(open("/dev/null"))
                        except OSError: return ["stopped", len(held) < 1024]
                    if event == "tmp":
                        wrote = 0
                        try:
                            for n in range(10):
                                with open("/tmp/%d" % n, "wb") as file:
                                    for m in range(100): file.write(b"x" * 1048576); wrote += 1
                        except OSError: return ["stopped", 500 <= wrote <= 513]
                    return "not stopped"
                """)
            for kind in ["files", "tmp", "fork"] {
                let text = try await test.call(function, "\"\(kind)\"").text
                #expect(text == #"["stopped", true]"#, "\(kind): \(text)")
            }
        }
    }

    @Test(arguments: TestHost.Start.allCases)
    func `an eater of memory is killed, a daemon does not outlive its environment`(_ start: TestHost.Start) async throws
    {
        try await TestHost.run({ _ in }, start) { test in
            let function = try await test.python(
                """
                import os, subprocess, time
                def handler(event, context):
                    if event == "daemon":
                        subprocess.Popen(["setsid", "sleep", "4242"], start_new_session=True)
                        return 1
                    held = []
                    while True: held.append(b"x" * 10485760); time.sleep(0.01)
                """)
            let result = try await test.call(function)
            // Whichever comes first: the look at what is resident, or the limit of what may be asked for.
            let isKilled = result.errorMessage?.hasSuffix("signal: killed") == true
            #expect(result.errorType == "MemoryError" || result.errorType == "Runtime.ExitError" && isKilled)
            #expect(try await test.call(function, "\"daemon\"").text == "1")
            // It becomes sleep a moment after its starter returned.
            try await test.waitUntil { !ProcessList.ids { $0.hasPrefix("sleep\u{0}4242") }.isEmpty }
            await test.host.retire("f", keeping: [])
            try await test.waitUntil { ProcessList.ids { $0.hasPrefix("sleep\u{0}4242") }.isEmpty }
        }
    }

    @Test(arguments: TestHost.Start.allCases)
    func `another user of the machine cannot speak to a function's port`(_ start: TestHost.Start) async throws {
        try await TestHost.run({ _ in }, start) { test in
            // Two environments with user ids of their own: one asks at the other's port.
            let first = try await test.python(
                "import os, time\ndef handler(e, c):\n print(os.environ['AWS_LAMBDA_RUNTIME_API'])\n"
                    + " while not os.path.exists('go'): time.sleep(0.01)\n return 1\n",
                name: "first")
            let second = try await test.python(
                """
                import http.client
                def handler(event, context):
                    link = http.client.HTTPConnection(event)
                    try:
                        link.request("GET", "/2018-06-01/ping")
                        return link.getresponse().read().decode()
                    except (http.client.HTTPException, OSError): return "closed"
                """, name: "second")
            async let running = test.call(first)
            var place: String?
            try await test.waitUntil {
                place = try await test.lines(of: first).first { $0.hasPrefix("127.0.0.1:") }
                return place != nil
            }
            #expect(try await test.call(second, "\"\(place ?? "")\"").text == #""closed""#)
            test.letGo(first)
            #expect(try await running.text == "1")
        }
    }

    @Test(arguments: TestHost.Start.allCases)
    func `what escapes have used is refused`(_ start: TestHost.Start) async throws {
        try await TestHost.run({ _ in }, start) { test in
            let function = try await test.python(
                """
                import ctypes, os
                libc = ctypes.CDLL(None, use_errno=True)
                def refused(result): return result == -1
                def handler(event, context):
                    return [refused(libc.unshare(0x10000000)), refused(libc.mount(b"x", b"/tmp", b"tmpfs", 0, None)),
                        refused(libc.chroot(b"/tmp")), refused(libc.ptrace(16, 1, 0, 0)), refused(libc.setuid(0)),
                        open("/proc/self/status").read().split("NoNewPrivs:")[1].split()[0],
                        open("/proc/self/status").read().split("CapEff:")[1].split()[0]]
                """)
            #expect(
                try await test.call(function).text == #"[true, true, true, true, true, "1", "0000000000000000"]"#)
        }
    }

    @Test(arguments: TestHost.Start.allCases)
    func `a flood of lines is cut and counted, and a line without end is split`(_ start: TestHost.Start) async throws {
        try await TestHost.run({ ($0.logLinesPerSecond, $0.logLineOctets) = (100, 1000) }, start) { test in
            let function = try await test.python(
                "def handler(e, c):\n print('y' * 2500)\n for n in range(5000): print(n)\n return 1\n")
            let start = test.time.now()
            #expect(try await test.call(function).text == "1")
            let seconds = test.time.now().seconds - start.seconds + 1
            let lines = try await test.lines(of: function)
            // With the host's own lines: INIT_START, START, END, REPORT and what was dropped.
            #expect(lines.count <= 100 * Int(seconds) + 5)
            #expect(lines.filter { $0.hasPrefix("yyy") }.map(\.count) == [1000, 1000, 500])
            #expect(lines.contains { $0.hasSuffix(" lines dropped: more than 100 in a second") })
            #expect(lines.last?.hasPrefix("REPORT ") == true)
        }
    }
}
