import FunctionRuntime
import Glibc
import LambdaHost
import MailTypes
import Testing

/// Who waits awake for the next event, and where.
struct WaitingAwakeTests {
    private static let cores = Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))

    @Test(.enabled(if: cores > 1))
    func `who waits awake is kept off its caller's core, and after another one's call runs anywhere`() async throws {
        try await TestHost.run { test in
            let source = "import os\ndef handler(e, c): return len(os.sched_getaffinity(0))\n"
            let (function, other) = (try await test.python(source), try await test.python(source, name: "other"))
            let everywhere = try #require(Int(try await test.call(function).text))
            guard everywhere > 1 else { return }
            var answer = everywhere
            // Not before calls have followed each other soon enough, which a busy machine may make rare.
            for _ in 0..<100_000 where answer == everywhere {
                answer = try #require(Int(try await test.call(function).text))
            }
            #expect(answer == everywhere - 1)
            _ = try await test.call(other)
            #expect(try await test.call(function).text == "\(everywhere)")
        }
    }
}
