import Archives
import CJemalloc
import Cryptography
import FunctionRuntime
import Glibc
import LambdaHost
import MailTypes
import Stores
import Transport

/// `make bench`: what the host adds to a function, without a door before it. Its log lines go to stores on disk, as in the product.
///
/// Arguments: the product's binary, which starts the functions; a directory for its data. Prints one JSON object.
@main
enum HostBench {
    private static let time = SystemTime()
    private static let random = SystemRandom()
    private static let loops = EventLoopGroup()

    static func main() async throws {
        // As the product does (MemoryAllocator.swift).
        var milliseconds = 3000
        _ = mallctl("arenas.dirty_decay_ms", nil, nil, &milliseconds, MemoryLayout<Int>.size)
        let directory = CommandLine.arguments[2]
        let stores = try SQLiteStores.open(
            directory: directory, time: time, random: random, changes: MailboxChanges(), log: .silent)
        var settings = HostSettings(
            directory: "\(directory)/functions", launcher: [CommandLine.arguments[1], "launch-functions"],
            account: "000000000000", region: "us-east-1", endpointURL: { nil })
        settings.fetchesLibraries = false
        let host = try LambdaHost(
            settings, keys: SessionKeys(), logs: stores, loops: loops, time: time, random: random, log: .silent)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await host.run() }
            let python = try await function(
                "python", "python3.11", "app.py", "def handler(event, context):\n    return event\n", host)
            let node = try await function(
                "node", "nodejs20.x", "app.js", "exports.handler = async (event) => event;\n", host)
            let small = Octets(text: #"{"n":1}"#)
            let large = Octets(text: #"{"text":""# + String(repeating: "x", count: 256 << 10) + #""}"#)
            for _ in 0..<2 { for one in [python, node] { _ = try await events(500, small, one, host) } }
            let (pythonTimes, nodeTimes) = (
                try await events(4000, small, python, host), try await events(4000, small, node, host)
            )
            let largeTimes = try await events(400, large, python, host)
            let parallel = try await fourAtOnce(5000, small, python, host)
            print(
                """
                {"python_us": \(median(pythonTimes)), "node_us": \(median(nodeTimes)), "large_us": \(median(largeTimes)), \
                "parallel_per_second": \(parallel.rate), "parallel_host_share": \(parallel.share), \
                "parallel_host_us": \(parallel.hostMicroseconds)}
                """)
            group.cancelAll()
        }
        stores.close()
    }

    private static func function(
        _ name: String, _ runtime: String, _ file: String, _ source: String, _ host: LambdaHost
    ) async throws -> LambdaFunction {
        var zip = ZipWriter()
        zip.add(file, Octets(text: source), isExecutable: false)
        return LambdaFunction(
            name: name, runtime: runtime, handler: "app.handler", role: "arn:aws:iam::000000000000:role/bench",
            timeoutSeconds: 30, code: try await host.install(zip: try zip.finish()), revisionID: "1",
            modifiedAt: time.now())
    }

    /// Microseconds of each of so many events, one after the other, from a loop as every protocol's sessions call.
    private static func events(
        _ count: Int, _ event: Octets, _ function: LambdaFunction, _ host: LambdaHost, on loop: EventLoop? = nil
    ) async throws -> [Double] {
        try await Task(executorPreference: loop ?? loops.loops[0]) {
            var times: [Double] = []
            for number in 0..<count {
                let invocation = LambdaInvocation(
                    requestID: "00000000-0000-4000-8000-\(100_000_000_000 + number)", payload: event,
                    invokedARN: "arn:aws:lambda:us-east-1:000000000000:function:\(function.name)")
                let start = time.monotonicNanoseconds()
                let result = try await host.invoke(function, invocation)
                times.append(Double(time.monotonicNanoseconds() - start) / 1000)
                precondition(result.payload.count >= event.count, "an echo returns what it was given")
            }
            return times
        }.value
    }

    /// Events a second of four environments together, the host's share of all CPU used meanwhile, and its CPU for one event.
    private static func fourAtOnce(
        _ count: Int, _ event: Octets, _ function: LambdaFunction, _ host: LambdaHost
    ) async throws -> (rate: Double, share: Double, hostMicroseconds: Double) {
        func round(_ count: Int) async throws {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<4 {
                    let loop = loops.loops[number % loops.loops.count]
                    group.addTask { _ = try await events(count, event, function, host, on: loop) }
                }
                try await group.waitForAll()
            }
        }
        try await round(100)
        let (start, own, all) = (time.monotonicNanoseconds(), ProcessorTime.own(), ProcessorTime.tree())
        try await round(count)
        let seconds = Double(time.monotonicNanoseconds() - start) / 1e9
        let used = ProcessorTime.own() - own
        return (
            Double(4 * count) / seconds, used / (ProcessorTime.tree() - all), used * 1e6 / Double(4 * count)
        )
    }

    private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}
