import FunctionRuntime
import MailTypes
import MemoryStores
import Testing

@testable import LambdaHost

/// What becomes of calls and environments when functions misbehave.
@Suite(.timeLimit(.minutes(10))) struct LifeTests {
    private let id = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"

    @Test func `last lines written after the answer stand where they would have stood before it`() async throws {
        try await TestHost.run { test in
            let function = try await test.python("def handler(event, context):\n    print(event)\n    return event\n")
            for number in 0..<20 {
                let result = try await test.call(function, "\(number)", id: "call-\(number)") {
                    $0.wantsLogTail = false
                }
                #expect(result.text == "\(number)" && result.logTail.isEmpty && result.milliseconds > 0)
            }
            let last = try await test.call(function, "20", id: "call-20")
            #expect(last.logTail.text.hasPrefix("START RequestId: call-20 "))
            let lines = try await test.logs.lines(of: FunctionLogQuery(group: function.logGroup)).map(\.line)
                .dropFirst()
            #expect(lines.count == 21 * 4)
            for (number, group) in stride(from: lines.startIndex, to: lines.endIndex, by: 4).enumerated() {
                let call = lines[group..<(group + 4)]
                #expect(call.allSatisfy { $0.requestID == "call-\(number)" })
                let begins = [
                    "START RequestId: call-\(number) ", "\(number)", "END RequestId: call-\(number)", "REPORT ",
                ]
                #expect(zip(call, begins).allSatisfy { $0.text.hasPrefix($1) }, "\(call.map(\.text))")
            }
        }
    }

    @Test func `last lines of a process that ends are not lost`() async throws {
        try await TestHost.run { test in
            let function = try await test.python(
                "import os, threading\ndef handler(event, context):\n"
                    + "    threading.Timer(0.01, os._exit, [3]).start()\n    return event\n")
            for number in 0..<5 {
                _ = try? await test.call(function, "\(number)", id: "call-\(number)") { $0.wantsLogTail = false }
            }
            await test.host.retire("f", keeping: [])
            let reports = { try await test.lines(of: function).filter { $0.hasPrefix("REPORT ") }.count }
            while try await reports() < 5 { await Task.yield() }
        }
    }

    @Test(arguments: TestHost.Start.possible)
    func `a function past its timeout is killed with all it started`(_ start: TestHost.Start) async throws {
        try await TestHost.run({ _ in }, start) { test in
            let function = try await test.python(
                """
                import subprocess, time
                def handler(event, context):
                    if event == 1: return 1
                    print("before"); subprocess.Popen(["sleep", "300"]); time.sleep(300)
                """
            ) { $0.timeoutSeconds = 5 }
            let result = try await test.call(function)
            #expect(
                result.text
                    == #"{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: \#(id) Error: Task timed out after 5.00 seconds"}"#
            )
            let lines = try await test.lines(of: function)
            #expect(lines.contains("before"))
            #expect(lines.contains { $0.hasSuffix("Z \(id) Task timed out after 5.00 seconds") })
            #expect(lines.last?.hasSuffix("Status: timeout") == true)
            var patient = function
            patient.timeoutSeconds = TestHost.patienceSeconds
            #expect(try await test.call(patient, "1").text == "1")
        }
    }

    @Test(arguments: [
        ("sys.exit(3)", "Runtime exited with error: exit status 3"),
        ("os._exit(0)", "Runtime exited without providing a reason"),
        ("os.kill(os.getpid(), 9)", "Runtime exited with error: signal: killed"),
        ("os.abort()", "Runtime exited with error: signal: aborted"),
    ])
    func `a process that ends answers this call only`(_ statement: String, _ text: String) async throws {
        try await TestHost.run { test in
            let function = try await test.python(
                "import os, sys\ndef handler(event, context):\n if event == 1: return 1\n \(statement)\n")
            let result = try await test.call(function)
            #expect(
                result.text
                    == #"{"errorType":"Runtime.ExitError","errorMessage":"RequestId: \#(id) Error: \#(text)"}"#)
            #expect(result.functionError == "Unhandled")
            #expect(try await test.call(function, "1").text == "1")
        }
    }

    @Test func `environments run side by side up to the reserved number, and idle ones are taken again`() async throws {
        try await TestHost.run { test in
            let function = try await test.python(TestHost.waits + " return os.environ['AWS_LAMBDA_LOG_STREAM_NAME']\n")
            {
                $0.reservedConcurrency = 2
            }
            async let one = test.call(function)
            async let two = test.call(function)
            try await test.waitUntil { test.host.pools.counts.all == 2 }
            await #expect(throws: LambdaRefusal.throttled(reason: "ReservedFunctionConcurrentInvocationLimitExceeded"))
            {
                try await test.call(function)
            }
            test.letGo(function)
            let streams = Set([try await one.text, try await two.text])
            #expect(streams.count == 2)
            #expect(streams.contains(try await test.call(function).text))
            var never = function
            never.reservedConcurrency = 0
            await #expect(throws: LambdaRefusal.self) { try await test.call(never) }
        }
    }

    @Test func `an impatient caller goes, the function goes on`() async throws {
        try await TestHost.run { test in
            let function = try await test.python(
                TestHost.waits + " print('done')\n return 1\n")
            await #expect(throws: LambdaRefusal.outOfPatience(.milliseconds(100))) {
                try await test.call(function) { $0.patience = .milliseconds(100) }
            }
            test.letGo(function)
            try await test.waitUntil { try await test.lines(of: function).contains("done") }
        }
    }

    @Test func `a new revision gets new environments, and the old ones finish`() async throws {
        try await TestHost.run { test in
            let old = try await test.python(TestHost.waits + " return 'old'\n")
            let new = try await test.python("def handler(e, c): return 'new'\n") { $0.revisionID = "2" }
            async let slow = test.call(old)
            try await test.waitUntil { test.host.pools.counts.all == 1 }
            await test.host.retire("f", keeping: [LambdaRevision(version: "$LATEST", revisionID: "2")])
            #expect(try await test.call(new).text == #""new""#)
            test.letGo(old)
            #expect(try await slow.text == #""old""#)
            try await test.waitUntil { test.host.pools.counts.all == 1 }
        }
    }

    @Test func `a failed init is told to its caller, and the next one counts against the timeout`() async throws {
        try await TestHost.run({ $0.initSeconds = 1 }) { test in
            let slow = try await test.python("import time\ntime.sleep(30)\ndef handler(e, c): return 1\n") {
                $0.timeoutSeconds = 2
            }
            #expect(
                try await test.call(slow).errorMessage == "RequestId: \(id) Error: Task timed out after 1.00 seconds")
            #expect(
                try await test.call(slow).errorMessage == "RequestId: \(id) Error: Task timed out after 2.00 seconds")
        }
    }

    @Test func `code that is gone, a runtime that is unknown and an event that is too large are refused`() async throws
    {
        try await TestHost.run { test in
            var function = try await test.python("def handler(e, c): return 1\n")
            await #expect(throws: LambdaRefusal.tooLarge(limitOctets: 6 * 1_048_576)) {
                try await test.call(function, String(repeating: "1", count: 6 * 1_048_576 + 1))
            }
            _ = await test.host.forget(allBut: [], installedBefore: Timestamp(milliseconds: .max))
            await #expect(throws: LambdaRefusal.self) { try await test.call(function) }
            function.runtime = "ruby3.3"
            await #expect(throws: LambdaRefusal.self) { try await test.call(function) }
            #expect(await test.host.problem(ofRuntime: "ruby3.3") != nil)
            #expect(await test.host.problem(ofRuntime: "python3.12") == nil)
        }
    }

    @Test func `code that was just installed is kept for what it is to belong to, until it is older`() async throws {
        try await TestHost.run { test in
            let function = try await test.python("def handler(e, c): return 1\n")
            #expect(await test.host.forget(allBut: [], installedBefore: Timestamp(milliseconds: 0)) == 0)
            #expect(try await test.call(function).functionError == nil)
            await test.host.retire("f", keeping: [])
            #expect(
                await test.host.forget(allBut: [function.code], installedBefore: Timestamp(milliseconds: .max)) == 0)
            #expect(await test.host.forget(allBut: [], installedBefore: Timestamp(milliseconds: .max)) == 1)
            try await test.waitUntil { await test.host.zip(of: function.code) == nil }
        }
    }

    @Test func `code in use is forgotten with its last environment`() async throws {
        try await TestHost.run { test in
            let function = try await test.python("def handler(e, c): return open('/var/task/app.py').read()\n")
            _ = try await test.call(function)
            _ = await test.host.forget(allBut: [], installedBefore: Timestamp(milliseconds: .max))
            #expect(try await test.call(function).functionError == nil)
            await test.host.retire("f", keeping: [])
            try await test.waitUntil { await test.host.zip(of: function.code) == nil }
        }
    }
}
