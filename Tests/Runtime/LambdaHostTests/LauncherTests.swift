import FunctionRuntime
import Glibc
import MailTypes
import Testing

@testable import LambdaHost

/// The process that starts the others, and its end.
@Suite(.timeLimit(.minutes(10))) struct LauncherTests {
    @Test(arguments: TestHost.Start.possible)
    func `a killed launcher takes its functions along, and the next call starts it again`(_ start: TestHost.Start)
        async throws
    {
        try await TestHost.run({ _ in }, start) { test in
            let function = try await test.python(
                "import time\ndef handler(e, c):\n if e == 1: return 1\n print('here')\n time.sleep(60)\n")
            async let running = test.call(function)
            try await test.waitUntil { try await test.lines(of: function).contains("here") }
            let launcher = try #require(ProcessList.ids { $0.contains("launch-functions\u{0}\(test.directory)") }.first)
            kill(launcher, SIGKILL)
            #expect(try await running.errorMessage?.hasSuffix("signal: killed") == true)
            #expect(try await test.call(function, "1").text == "1")
        }
    }

    @Test(arguments: zip(TestHost.Start.possible, ["4243", "4244"]))
    func `when the host ends, nothing it started is left`(_ start: TestHost.Start, _ number: String) async throws {
        var directory = ""
        try await TestHost.run({ _ in }, start) { test in
            directory = test.directory
            let function = try await test.python(
                "import subprocess\ndef handler(e, c):\n subprocess.Popen(['sleep', '\(number)'], start_new_session=True)\n"
            )
            _ = try await test.call(function)
            try await test.waitUntil { !ProcessList.ids { $0.hasPrefix("sleep\u{0}\(number)") }.isEmpty }
        }
        #expect(ProcessList.ids { $0.hasPrefix("sleep\u{0}\(number)") || $0.contains(directory) }.isEmpty)
    }

    @Test func `without namespaces functions run all the same, and a timeout still ends their children`() async throws {
        try await TestHost.run({ $0.usesNamespaces = false }) { test in
            let function = try await test.provided(
                """
                #!/bin/bash
                api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
                while true; do
                  head=$(mktemp)
                  event=$(curl -sS -D "$head" "$api/next")
                  id=$(grep -i '^lambda-runtime-aws-request-id:' "$head" | tr -d '[:space:]' | cut -d: -f2)
                  rm "$head"
                  if [ "$event" = 2 ]; then setsid sleep 4245 & sleep 60; fi
                  seen=$(ls $event 2>&1 >/dev/null)
                  curl -sS -X POST -d "[\\"$LAMBDA_TASK_ROOT\\", $(id -u), \\"$seen\\"]" "$api/$id/response" >/dev/null
                done
                """
            ) { $0.timeoutSeconds = 2 }
            #expect(try await test.call(function, "2").errorType == "Sandbox.Timedout")
            try await test.waitUntil { ProcessList.ids { $0.hasPrefix("sleep\u{0}4245") }.isEmpty }
            var patient = function
            patient.timeoutSeconds = TestHost.patienceSeconds
            let answer = try JSONValue(parsing: try await test.call(patient, test.directory).payload)
            #expect(answer.array?.first?.string?.hasPrefix(test.directory) == true)
            if getuid() == 0 {
                #expect(answer.array?[1].integer.map { $0 > 200_000 } == true)
                #expect(answer.array?.last?.string?.contains("Permission denied") == true)
            }
        }
    }
}
