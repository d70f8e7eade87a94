import FunctionRuntime
import Glibc
import MailTypes
import Testing

@testable import LambdaHost

/// Processes of functions that a parent forks. Needs namespaces, as SandboxTests do.
@Suite(.enabled(if: getuid() == 0), .timeLimit(.minutes(10))) struct ParentTests {
    @Test func `a forked process differs from an executed one in nothing that a function can rely on`() async throws {
        let source = """
            import logging, os, signal, sys, time
            def handler(event, context):
                status = dict(line.split(":", 1) for line in open("/proc/self/status").read().splitlines())
                numbers = [signal.SIGINT, signal.SIGTERM, signal.SIGPIPE, signal.SIGCHLD]
                variables = {n: v for n, v in os.environ.items() if n not in
                    ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_LAMBDA_LOG_STREAM_NAME",
                     "AWS_LAMBDA_RUNTIME_API", "_X_AMZN_TRACE_ID")}
                return {"status": {n: status[n].strip() for n in ("NoNewPrivs", "Seccomp", "CapEff", "CapPrm", "SigBlk", "SigIgn",
                        "SigCgt", "Groups", "Threads")}, "variables": variables, "path": sys.path, "argv": [sys.argv, sys.orig_argv],
                    "limits": open("/proc/self/limits").read(), "signals": [str(signal.getsignal(n)) for n in numbers],
                    "nice": os.nice(0), "umask": os.umask(0), "cwd": os.getcwd(), "parent": os.getppid(), "own": os.access("/proc/self/fd/1", 2),
                    "streams": [str(s) for s in (sys.stdin, sys.stdout, sys.stderr)], "tz": [time.tzname, time.timezone],
                    "main": sys.modules["__main__"].__file__, "leader": os.getsid(0) == os.getpid(), "executable": sys.executable,
                    "descriptors": sorted(os.listdir("/proc/self/fd")), "loggers": len(logging.getLogger().handlers)}
            """
        var seen: [TestHost.Start: String] = [:]
        for start in TestHost.Start.allCases {
            try await TestHost.run({ $0.firstUserID = 300_000 }, start) { test in
                let function = try await test.python(source) { $0.environment = ["TZ": "Asia/Tokyo", "EMPTY": ""] }
                seen[start] = try await test.call(function).text
            }
        }
        #expect(seen[.forked] == seen[.executed])
    }

    @Test func `forks share no variables, no random numbers, no files and no user id`() async throws {
        try await TestHost.run({ _ in }, .forked) { test in
            let source = """
                import os, random, secrets, sys, tempfile, uuid
                def handler(event, context):
                    found = os.listdir("/tmp")
                    open("/tmp/mine", "w").close()
                    return ["mailroom_parent" in sys.modules, found, os.environ.get("ONLY"), os.getuid(), random.random(),
                        random.getrandbits(64), str(uuid.uuid4()), secrets.token_hex(8), next(tempfile._get_candidate_names())]
                """
            let first = try await test.python(source, name: "first") { $0.environment = ["ONLY": "first"] }
            let second = try await test.python(source, name: "second")
            func answer(_ function: LambdaFunction) async throws -> [JSONValue] {
                let result = try await test.callForked(function) { $0.text.hasPrefix("[true") }
                return try #require(try JSONValue(parsing: result.payload).array)
            }
            let one = try await answer(first)
            let two = try await answer(second)
            #expect(one[1].array?.isEmpty == true && two[1].array?.isEmpty == true)
            #expect(one[2].string == "first" && two[2].string == nil)
            for index in 3..<one.count { #expect(one[index] != two[index], "\(one[index])") }
        }
    }

    @Test(arguments: ["boto3.py", "six/__init__.py", "logging.py", "libssl.so.3", "lib/libcrypto.so.3"])
    func `what code or a layer brings itself wins: then the process starts from nothing`(_ path: String) async throws {
        try await TestHost.run({ _ in }, .forked) { test in
            var inCode = try await test.python("", name: "code")
            inCode.code = try await test.code(["app.py": TestHost.isForked, path: "mine = True"])
            #expect(try await test.call(inCode).text == "false")
            var inLayer = try await test.python(TestHost.isForked, name: "layer")
            let place = path.hasPrefix("lib") ? "" : "python/"
            guard path != "libssl.so.3" else { return }
            inLayer.layers = [
                LambdaLayer(
                    arn: "arn:aws:lambda:us-east-1:000000000000:layer:l:1",
                    code: try await test.code([place + path: "mine = True"]))
            ]
            #expect(try await test.call(inLayer).text == "false")
        }
    }

    @Test func `a function finds its own module of a name that is loaded before it`() async throws {
        try await TestHost.run({ _ in }, .forked) { test in
            var function = try await test.python("")
            function.code = try await test.code([
                "app.py": "import boto3\ndef handler(e, c): return boto3.mine\n", "boto3.py": "mine = 'mine'\n",
            ])
            #expect(try await test.call(function).text == #""mine""#)
        }
    }

    @Test(arguments: ["PYTHONHASHSEED", "LD_PRELOAD", "LANG", "OPENSSL_CONF", "MALLOC_ARENA_MAX", "BOTO_CONFIG"])
    func `a variable that an interpreter reads at its start is read`(_ name: String) async throws {
        try await TestHost.run({ _ in }, .forked) { test in
            let plain = try await test.python(TestHost.isForked, name: "plain") { $0.environment = ["MINE": "1"] }
            _ = try await test.callForked(plain)
            let function = try await test.python(TestHost.isForked) { $0.environment = [name: "1"] }
            #expect(try await test.call(function).text == "false")
        }
    }

    @Test func `a killed parent costs nobody a call, and another takes its place`() async throws {
        try await TestHost.run({ _ in }, .forked) { test in
            let before = try await test.python(TestHost.waits + " return e\n", name: "before")
            async let running = test.call(before, "3")
            try await test.waitUntil { test.host.pools.counts.all == 1 }
            let launcher = try #require(ProcessList.ids { $0.contains("launch-functions\u{0}\(test.directory)") }.first)
            let parent = try #require(
                ProcessList.children(of: launcher).first { ProcessList.words(of: $0).last == "--parent" })
            kill(parent, SIGKILL)
            let function = try await test.python("def handler(e, c): return 1\n")
            #expect(try await test.call(function, "1").text == "1")
            test.letGo(before)
            let text = try await running.text
            #expect(text == "3")
            // Asks for another parent once the end of the first is heard of.
            let later = try await test.python(TestHost.isForked, name: "later")
            _ = try await test.callForked(later)
        }
    }

    @Test func `a parent that does not answer is not waited for`() async throws {
        try await TestHost.run({ _ in }, .forked) { test in
            let launcher = try #require(ProcessList.ids { $0.contains("launch-functions\u{0}\(test.directory)") }.first)
            let parent = try #require(
                ProcessList.children(of: launcher).first { ProcessList.words(of: $0).last == "--parent" })
            kill(parent, SIGSTOP)
            let function = try await test.python(TestHost.isForked)
            #expect(try await test.call(function).text == "false")
            // What it does once it goes on is no second start.
            kill(parent, SIGCONT)
            try await test.waitUntil { ProcessList.children(of: parent).isEmpty }
            #expect(try await test.call(function).initMilliseconds == nil)
        }
    }

    @Test func `other libraries in the runtime's folder mean another parent`() async throws {
        try await TestHost.run({ _ in }, .forked) { test in
            let base = "\(test.directory)/functions/runtimes/python3.12"
            #expect(Folder.make("\(base)/full", mode: 0o755))
            #expect(Folder.write(Octets(text: "newer = 'newer'\n"), to: "\(base)/full/six.py"))
            let function = try await test.python(
                "import six, sys\ndef handler(e, c): return [six.newer, six.__file__, 'mailroom_parent' in sys.modules]\n"
            )
            try await test.waitUntil {
                let answer = try await test.call(function).text
                await test.host.retire("f", keeping: [])
                return answer == #"["newer", "/var/runtime/six.py", true]"#
            }
            let launcher = try #require(ProcessList.ids { $0.contains("launch-functions\u{0}\(test.directory)") }.first)
            try await test.waitUntil {
                ProcessList.children(of: launcher).filter { ProcessList.words(of: $0).last == "--parent" }.count == 1
            }
        }
    }
}
