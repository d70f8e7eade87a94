import FunctionRuntime
import MailTypes
import Synchronization
import Testing

struct DispatcherTests {
    let time = ManualTime()

    @Test func `a typed event comes back as the handler's outcome with a span`() async throws {
        let dispatcher = Dispatcher.test(
            Deployment(number: 1, functions: [.test("Doubling", Erased(Doubling()))]), time: time)
        let trace = MessageTrace()
        let answer: Int = try await dispatcher.invoke("Doubling", Doubling.Event(number: 21), trace: trace)
        #expect(answer == 42)
        let spans = trace.takePending()
        #expect(spans.map(\.function) == ["Doubling"])
        #expect(spans.map(\.decision) == ["doubled"])
        #expect(spans.map(\.reason) == ["21 is a number"])
    }

    @Test func `the same handler answers JSON`() async throws {
        let dispatcher = Dispatcher.test(Deployment(number: 1, functions: [.test("Doubling", Erased(Doubling()))]))
        let answer = try await dispatcher.invokeJSON("Doubling", Octets(text: "{\"number\": 4}"))
        #expect(answer.text == "8")
    }

    @Test(arguments: [
        ("{}", "number is missing"), ("{\"number\": \"x\"}", "number is not a Int"), ("[", "the event"),
    ])
    func `an event that cannot be read names the place`(json: String, expected: String) async throws {
        let dispatcher = Dispatcher.test(Deployment(number: 1, functions: [.test("Doubling", Erased(Doubling()))]))
        let failure = await #expect(throws: DispatchFailure.self) {
            try await dispatcher.invokeJSON("Doubling", Octets(text: json))
        }
        #expect(failure?.description.contains(expected) == true, "\(failure?.description ?? "")")
    }

    @Test func `an unknown function and a wrong event are refused with the next step`() async throws {
        let dispatcher = Dispatcher.test(Deployment(number: 1, functions: [.test("Doubling", Erased(Doubling()))]))
        await #expect(throws: DispatchFailure.noSuchFunction("Tripling")) {
            let _: Int = try await dispatcher.invoke("Tripling", 1)
        }
        await #expect(throws: DispatchFailure.wrongEvent(function: "Doubling", expected: "Event", got: "Int")) {
            let _: Int = try await dispatcher.invoke("Doubling", 1)
        }
    }

    @Test func `a failure is counted, traced and thrown on`() async throws {
        let function = BoundFunction.test("Doubling", Erased(Doubling()))
        let dispatcher = Dispatcher.test(Deployment(number: 1, functions: [function]))
        let trace = MessageTrace()
        await #expect(throws: Doubling.Wrong.self) {
            let _: Int = try await dispatcher.invoke("Doubling", Doubling.Event(number: 13), trace: trace)
        }
        #expect(function.counters.invocations.load(ordering: .relaxed) == 1)
        #expect(function.counters.failures.load(ordering: .relaxed) == 1)
        #expect(trace.takePending().map(\.decision) == ["failed"])
    }

    @Test func `what a handler answers at once is counted and traced like any other outcome`() async throws {
        let function = BoundFunction.test("Prompt", Erased(Prompt()))
        let dispatcher = Dispatcher.test(Deployment(number: 1, functions: [function]))
        let trace = MessageTrace()
        let (atOnce, later): (String, String) = (
            try await dispatcher.invoke("Prompt", 2, trace: trace),
            try await dispatcher.invoke("Prompt", 3, trace: trace)
        )
        #expect((atOnce, later) == ("even", "odd"))
        #expect(function.counters.invocations.load(ordering: .relaxed) == 2)
        #expect(trace.takePending().map(\.decision) == ["at once", "later"])
    }

    @Test func `what ends by itself is handled in its caller's own task, all else in one that a deadline can cancel`()
        async throws
    {
        let dispatcher = Dispatcher.test(Deployment(number: 1, functions: [.test("SelfTimed", Erased(SelfTimed()))]))
        let own = withUnsafeCurrentTask { $0?.hashValue ?? 0 }
        let (even, odd): (Int, Int) = (
            try await dispatcher.invoke("SelfTimed", 2), try await dispatcher.invoke("SelfTimed", 3)
        )
        #expect(even == own && odd != own)
        #expect(!Erased(SelfTimed()).endsByItself(erased: "of another type"))
        #expect(!Erased(Doubling()).endsByItself(erased: Doubling.Event(number: 2)))
    }

    @Test func `an invocation past its deadline is cancelled and says so`() async throws {
        let watch = DeadlineWatch(time: time)
        async let answer = watch.run(for: .seconds(15)) { () async throws -> Int in
            try await Task.sleep(for: .seconds(3600))
            return 1
        }
        // Sweeps find it once it has registered and time has passed; a sweep before that finds nothing.
        time.advance(by: .seconds(60))
        let sweeping = Task {
            while !Task.isCancelled {
                self.time.advance(by: .seconds(20))
                watch.sweep()
                await Task.yield()
            }
        }
        #expect(try await answer == nil)
        sweeping.cancel()
    }

    @Test func `work in progress finishes on the deployment it started with`() async throws {
        let old = Deployment(number: 1, functions: [.test("Doubling", Erased(Doubling()))])
        let dispatcher = Dispatcher.test(old)
        let pinned = dispatcher.current
        dispatcher.deploy(Deployment(number: 2, functions: []))
        let answer: Int = try await dispatcher.invoke("Doubling", Doubling.Event(number: 1), in: pinned)
        #expect(answer == 2)
        await #expect(throws: DispatchFailure.noSuchFunction("Doubling")) {
            let _: Int = try await dispatcher.invoke("Doubling", Doubling.Event(number: 1))
        }
    }
}
