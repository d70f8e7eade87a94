import FunctionRuntime
import Lambda
import MailTypes
import MemoryStores
import Testing

/// Queued events, run by a real job runner against the scripted host.
struct AsyncInvocationTests {
    let workshop = Workshop()

    func runner() -> JobRunner {
        let (workshop, log) = (workshop, Log.silent)
        let functions = [
            BoundFunction(
                name: AsyncInvocation.name, handlerName: "AsyncInvocation", version: 1,
                handler: Erased(
                    AsyncInvocation(
                        registry: workshop.registry, host: workshop.host, functions: workshop.functions,
                        traces: workshop.stores))),
            BoundFunction(
                name: FunctionTriggerEvent.handler, handlerName: "FunctionTrigger", version: 1,
                handler: Erased(
                    FunctionTrigger(functions: workshop.functions, account: "000000000000", region: "us-east-1"))),
        ]
        let dispatcher = Dispatcher(
            Deployment(number: 1, functions: functions), time: workshop.time, random: workshop.random, log: log)
        return JobRunner(
            jobs: workshop.stores, dispatcher: dispatcher, time: workshop.time, random: workshop.random, log: log)
    }

    func queue(_ payload: String = "{\"n\":1}", _ name: String = "f") async throws -> String? {
        try await workshop.ask(
            "POST", Workshop.functions + "/\(name)/invocations", raw: Octets(text: payload),
            headers: ["X-Amz-Invocation-Type": "Event"]
        ).response.headers["x-amzn-RequestId"]
    }

    static let failure: ScriptedHost.Answer = { function, _ in
        LambdaResult(
            payload: Octets(text: "{\"errorMessage\":\"bad thing\",\"errorType\":\"ValueError\"}"),
            functionError: "Unhandled", executedVersion: function.version)
    }

    @Test func `an event that works is run once`() async throws {
        try await workshop.create("f")
        let id = try await queue()
        let runner = runner()
        #expect(await runner.runDue() == 1)
        #expect(await runner.runDue() == 0)
        #expect(workshop.host.calls.map(\.invocation.requestID) == [id])
        #expect(try await workshop.stores.jobs(dead: false, limit: 9).isEmpty)
        #expect(try await workshop.stores.jobs(dead: true, limit: 9).isEmpty)
    }

    @Test
    func `a failing event is tried after one and two minutes, under one id, and then a dead letter that says why`()
        async throws
    {
        try await workshop.create("f")
        workshop.host.answer(Self.failure)
        let id = try #require(try await queue())
        let runner = runner()
        #expect(await runner.runDue() == 1)
        workshop.time.advance(by: .seconds(59))
        #expect(await runner.runDue() == 0)
        workshop.time.advance(by: .seconds(1))
        #expect(await runner.runDue() == 1)
        workshop.time.advance(by: .seconds(119))
        #expect(await runner.runDue() == 0)
        workshop.time.advance(by: .seconds(1))
        #expect(await runner.runDue() == 1)
        #expect(workshop.host.calls.map(\.invocation.requestID) == [id, id, id])
        let dead = try #require(try await workshop.stores.jobs(dead: true, limit: 9).first)
        #expect(dead.reason == "f: ValueError: bad thing (RetriesExhausted after 3 attempts)")
    }

    @Test func `a function's own settings shorten that, and destinations hear of it`() async throws {
        try await workshop.create(
            "f", ["DeadLetterConfig": ["TargetArn": "arn:aws:lambda:us-east-1:000000000000:function:dead"]])
        try await workshop.create("heard")
        try await workshop.create("dead")
        _ = try await workshop.ask(
            "PUT", "/2019-09-25/functions/f/event-invoke-config",
            [
                "MaximumRetryAttempts": 0,
                "DestinationConfig": [
                    "OnFailure": ["Destination": "arn:aws:lambda:us-east-1:000000000000:function:heard"]
                ],
            ])
        workshop.host.answer { function, invocation in
            function.name == "f"
                ? try Self.failure(function, invocation) : LambdaResult(payload: [], executedVersion: "1")
        }
        let id = try #require(try await queue())
        let runner = runner()
        #expect(await runner.runDue() == 1)
        #expect(await runner.runDue() == 2)
        let heard = try #require(workshop.host.calls.first { $0.function.name == "heard" })
        let record = try JSONValue(parsing: heard.invocation.payload)
        #expect(record["requestContext"]?["requestId"]?.string == id)
        #expect(record["requestContext"]?["condition"] == "RetriesExhausted")
        #expect(record["requestContext"]?["approximateInvokeCount"] == 1)
        #expect(record["requestPayload"] == ["n": 1])
        #expect(record["responsePayload"]?["errorType"] == "ValueError")
        #expect(record["responseContext"]?["functionError"] == "Unhandled")
        let dead = try #require(workshop.host.calls.first { $0.function.name == "dead" })
        #expect(dead.invocation.payload == Octets(text: "{\"n\":1}"))
        #expect(try await workshop.stores.jobs(dead: true, limit: 9).count == 1)
    }

    @Test func `without a place it waits longer and longer, uncounted, until the event is too old`() async throws {
        try await workshop.create("f")
        _ = try await workshop.ask(
            "PUT", "/2019-09-25/functions/f/event-invoke-config", ["MaximumEventAgeInSeconds": 60])
        workshop.host.answer { _, _ in throw LambdaRefusal.throttled(reason: "ConcurrentInvocationLimitExceeded") }
        _ = try await queue()
        let runner = runner()
        var waits: [Int] = []
        while try await workshop.stores.jobs(dead: true, limit: 1).isEmpty, waits.count < 20 {
            guard await runner.runDue() == 1 else {
                workshop.time.advance(by: .seconds(1))
                waits[waits.count - 1] += 1
                continue
            }
            waits.append(0)
        }
        #expect(waits == [1, 1, 2, 4, 8, 16, 32, 0])
        let dead = try #require(try await workshop.stores.jobs(dead: true, limit: 9).first)
        #expect(dead.attempts == 0 && dead.reason?.contains("EventAgeExceeded") == true)
    }

    @Test func `an event of a deleted function is a dead letter at once`() async throws {
        try await workshop.create("f")
        _ = try await queue()
        _ = try await workshop.ask("DELETE", Workshop.functions + "/f")
        #expect(await runner().runDue() == 1)
        #expect(
            try await workshop.stores.jobs(dead: true, limit: 9).first?.reason?.hasPrefix("f: there is no such") == true
        )
        #expect(workshop.host.calls.isEmpty)
    }

    @Test func `a bucket's event reaches the function if its policy lets the bucket`() async throws {
        try await workshop.create("f")
        let event = FunctionTriggerEvent.objects(
            function: "f", bucket: "b", account: "000000000000", payload: ["Records": []])
        let runner = runner()
        _ = try await runner.enqueue(FunctionTriggerEvent.handler, event: event.octets)
        #expect(await runner.runDue() == 1)
        #expect(
            try await workshop.stores.jobs(dead: true, limit: 9).first?.reason?.contains(
                "is not authorized to perform: lambda:InvokeFunction") == true)
        _ = try await workshop.ask(
            "POST", Workshop.functions + "/f/policy",
            [
                "StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com",
                "SourceArn": "arn:aws:s3:::b", "SourceAccount": "000000000000",
            ])
        _ = try await runner.enqueue(FunctionTriggerEvent.handler, event: event.octets)
        #expect(await runner.runDue() == 1)
        #expect(await runner.runDue() == 1)
        #expect(workshop.host.calls.map(\.invocation.payload) == [Octets(text: "{\"Records\":[]}")])
    }

    @Test func `a schedule's firing is the event that EventBridge sends`() async throws {
        try await workshop.create("f")
        _ = try await workshop.ask(
            "POST", Workshop.functions + "/f/policy",
            ["StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com"])
        let runner = runner()
        _ = try await runner.enqueue(
            FunctionTriggerEvent.handler,
            event: FunctionTriggerEvent.schedule(function: "f", rule: "arn:aws:events:us-east-1:000000000000:rule/r")
                .octets)
        #expect(await runner.runDue() == 1)
        #expect(await runner.runDue() == 1)
        let event = try JSONValue(parsing: try #require(workshop.host.calls.first?.invocation.payload))
        #expect(event["detail-type"] == "Scheduled Event" && event["time"] == "2026-11-20T00:00:00Z")
        #expect(event["resources"] == ["arn:aws:events:us-east-1:000000000000:rule/r"])
    }
}
