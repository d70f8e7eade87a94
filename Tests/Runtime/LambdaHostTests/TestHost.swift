import Archives
import Cryptography
import FunctionRuntime
import Glibc
import MailTypes
import MemoryStores
import Synchronization
import Testing
import Transport

@testable import LambdaHost

/// A host on a folder of its own, with real processes behind it.
struct TestHost {
    static let loops = EventLoopGroup(count: 2)
    private static let hosts = Atomic<Int>(0)
    /// What a function may take that is meant to answer: a machine with many of these tests at once is slow.
    static let patienceSeconds = 120

    let host: LambdaHost
    let logs: MemoryStores
    let keys: SessionKeys
    let directory: String
    let time = SystemTime()

    /// How the processes of Python functions come to be.
    enum Start: CaseIterable {
        /// A program is executed.
        case executed
        /// A parent forks them.
        case forked

        /// All that this machine has.
        static var possible: [Start] { getuid() == 0 ? allCases : [.executed] }
    }

    /// Runs a host for the length of the body. Everything it started is gone afterwards.
    static func run(
        _ change: (inout HostSettings) -> Void = { _ in }, _ start: Start = .executed,
        _ body: (TestHost) async throws -> Void
    ) async throws {
        let directory = "/tmp/mailroom-host-\(getpid())-\(SystemRandom().next())"
        mkdir(directory, 0o700)
        defer { Folder.remove(directory) }
        // The launcher is the product's own, built beside the tests.
        var settings = HostSettings(
            directory: "\(directory)/functions", launcher: [program, "launch-functions"], account: "000000000000",
            region: "us-east-1", endpointURL: { "http://127.0.0.1:9" })
        settings.fetchesLibraries = false
        settings.usesParents = start == .forked
        settings.initSeconds = patienceSeconds
        // Limits of processes count by user: hosts that run side by side must not share one.
        settings.firstUserID = 200_000 + UInt32(hosts.wrappingAdd(1, ordering: .relaxed).newValue) * 1000
        change(&settings)
        let time = SystemTime()
        let logs = MemoryStores()
        let keys = SessionKeys()
        let host = try LambdaHost(
            settings, keys: keys, logs: logs, loops: loops, time: time, random: SystemRandom(), log: .silent)
        let test = TestHost(host: host, logs: logs, keys: keys, directory: directory)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await host.run() }
            if start == .forked { try await test.waitForParent() }
            try await body(test)
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    private static var program: String {
        let own = Placement.realPath("/proc/self/exe") ?? ""
        let folder = own.split(separator: "/").dropLast().joined(separator: "/")
        let beside = "/\(folder)/mailroom"
        return access(beside, X_OK) == 0 ? beside : ".build/debug/mailroom"
    }

    /// Installs files as a function's code.
    func code(_ files: [String: String], executable: Set<String> = []) async throws -> LambdaCode {
        var zip = ZipWriter()
        for (path, text) in files { zip.add(path, Octets(text: text), isExecutable: executable.contains(path)) }
        return try await host.install(zip: try zip.finish())
    }

    /// A Python function of one file, `app.py`.
    func python(
        _ source: String, name: String = "f", handler: String = "app.handler",
        _ change: (inout LambdaFunction) -> Void = { _ in }
    ) async throws -> LambdaFunction {
        var function = LambdaFunction(
            name: name, runtime: "python3.12", handler: handler, role: "arn:aws:iam::000000000000:role/r",
            timeoutSeconds: Self.patienceSeconds, code: try await code(["app.py": source]), revisionID: "1",
            modifiedAt: time.now())
        change(&function)
        return function
    }

    /// A Node function of one file.
    func node(
        _ source: String, file: String = "app.js", handler: String = "app.handler", runtime: String = "nodejs20.x",
        _ change: (inout LambdaFunction) -> Void = { _ in }
    ) async throws -> LambdaFunction {
        var function = LambdaFunction(
            name: "f", runtime: runtime, handler: handler, role: "arn:aws:iam::000000000000:role/r",
            timeoutSeconds: Self.patienceSeconds, code: try await code([file: source]), revisionID: "1",
            modifiedAt: time.now())
        change(&function)
        return function
    }

    /// A function that brings its own `bootstrap`.
    func provided(
        _ source: String, isExecutable: Bool = true, _ change: (inout LambdaFunction) -> Void = { _ in }
    ) async throws -> LambdaFunction {
        var function = LambdaFunction(
            name: "f", runtime: "provided.al2023", handler: "anything", role: "arn:aws:iam::000000000000:role/r",
            timeoutSeconds: Self.patienceSeconds,
            code: try await code(["bootstrap": source], executable: isExecutable ? ["bootstrap"] : []),
            revisionID: "1", modifiedAt: time.now())
        change(&function)
        return function
    }

    /// Calls a function with an event in JSON.
    func call(
        _ function: LambdaFunction, _ event: String = "{}", id: String = "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
        _ change: (inout LambdaInvocation) -> Void = { _ in }
    ) async throws -> LambdaResult {
        var invocation = LambdaInvocation(
            requestID: id, payload: Octets(text: event),
            invokedARN: "arn:aws:lambda:us-east-1:000000000000:function:\(function.name)", wantsLogTail: true)
        change(&invocation)
        return try await host.invoke(function, invocation)
    }

    /// All log lines of a function.
    func lines(of function: LambdaFunction) async throws -> [String] {
        try await logs.lines(of: FunctionLogQuery(group: function.logGroup)).map(\.line.text)
    }
}

extension LambdaResult {
    /// The payload as text.
    var text: String { payload.text }
    /// The error's type.
    var errorType: String? { (try? JSONValue(parsing: payload))?["errorType"]?.string }
    /// The error's text.
    var errorMessage: String? { (try? JSONValue(parsing: payload))?["errorMessage"]?.string }
}

/// A queue id for messages at hand.
enum SystemTestID {
    static let queue = SeededRandom(1).identifier(at: Timestamp(seconds: 0))
}

extension TestHost {
    /// Waits until functions are forked.
    func waitForParent() async throws {
        #expect(await host.problem(ofRuntime: "python3.12") == nil)
        try await waitUntil { host.parents.hasReady }
    }

    /// Calls a function until its process was forked, as `isForked` says: a parent that is slow to answer is not waited for, and
    /// the process starts from nothing.
    func callForked(_ function: LambdaFunction, _ isForked: (LambdaResult) -> Bool = { $0.text == "true" }) async throws
        -> LambdaResult
    {
        while true {
            let result = try await call(function)
            if isForked(result) { return result }
            await host.retire(function.name, keeping: [])
        }
    }

    /// A handler that answers once there is a file `go` beside its code.
    static let waits = "import os, time\ndef handler(e, c):\n while not os.path.exists('go'): time.sleep(0.01)\n"

    /// Lets a function that waits go on, and all that run the same code.
    func letGo(_ function: LambdaFunction) {
        guard let folder = host.codes.use(function.code) else { return }
        #expect(Folder.write([], to: folder + "/go"))
        host.codes.release(function.code)
    }

    /// A function that tells whether it was forked.
    static let isForked = "import sys\ndef handler(e, c): return 'mailroom_parent' in sys.modules\n"

    /// Waits for something another process brings about; the test's own time limit ends it.
    func waitUntil(_ isTrue: () async throws -> Bool) async throws {
        while try await !isTrue() { try await Task.sleep(for: .milliseconds(5)) }
    }
}
