import FunctionRuntime
import Lambda
import MailTypes
import MemoryStores
import Testing

struct InvokeTests {
    let path = Workshop.functions + "/f/invocations"

    @Test func `an event reaches the function octet for octet, under the id that the caller is told`() async throws {
        let workshop = Workshop()
        try await workshop.create("f")
        let event = Octets(text: " {\"n\" : 1.50, \"n\":2, \"big\":123456789012345678901234567890}\n")
        let answer = try await workshop.ask(
            "POST", path, raw: event,
            headers: ["X-Amz-Log-Type": "Tail", "X-Amz-Client-Context": Base64.encode(Octets(text: "{\"c\":1}")).text])
        #expect(answer.status == 200 && answer.body == event)
        #expect(answer.response.headers["X-Amz-Executed-Version"] == "$LATEST")
        #expect(answer.response.headers["X-Amz-Log-Result"] == Base64.encode(Octets(text: "START")).text)
        #expect(answer.response.headers["X-Amz-Function-Error"] == nil)
        let call = try #require(workshop.host.calls.last)
        #expect(call.invocation.payload == event && call.invocation.clientContext == "{\"c\":1}")
        #expect(call.invocation.requestID == answer.response.headers["x-amzn-RequestId"])
        #expect(call.invocation.invokedARN == "arn:aws:lambda:us-east-1:000000000000:function:f")
        _ = try await workshop.ask("POST", path)
        #expect(workshop.host.calls.last?.invocation.payload == Octets(text: "{}"))
    }

    @Test func `a function's failure is a result, what keeps it from running is not`() async throws {
        let workshop = Workshop()
        try await workshop.create("f")
        workshop.host.answer { _, _ in
            LambdaResult(
                payload: Octets(text: "{\"errorMessage\":\"no\"}"), functionError: "Unhandled",
                executedVersion: "$LATEST")
        }
        let failed = try await workshop.ask("POST", path)
        #expect(failed.status == 200 && failed.response.headers["X-Amz-Function-Error"] == "Unhandled")
        #expect(failed["errorMessage"] == "no")
        workshop.host.answer { _, _ in
            throw LambdaRefusal.throttled(reason: "ReservedFunctionConcurrentInvocationLimitExceeded")
        }
        let throttled = try await workshop.ask("POST", path)
        expect(throttled, 429, "TooManyRequestsException", "Rate Exceeded.")
        #expect(throttled["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded")
        workshop.host.answer { _, _ in throw LambdaRefusal.unavailable("no python3.12 here: apt-get install python3") }
        expect(try await workshop.ask("POST", path), 500, "ServiceException", "apt-get")
    }

    @Test func `events that are no JSON, or too large, do not reach the function`() async throws {
        let workshop = Workshop()
        try await workshop.create("f")
        expect(
            try await workshop.ask("POST", path, raw: Octets(text: "{n:1}")), 400, "InvalidRequestContentException",
            "Could not parse request body into json:")
        let large = Octets(text: "\"") + Octets(repeating: 0x61, count: 1_048_577) + Octets(text: "\"")
        #expect(try await workshop.ask("POST", path, raw: large).status == 200)
        let asynchronous: HTTPFields = ["X-Amz-Invocation-Type": "Event"]
        expect(
            try await workshop.ask("POST", path, raw: large, headers: asynchronous), 413, "RequestTooLargeException",
            "1048576")
        let larger = Octets(text: "\"") + Octets(repeating: 0x61, count: 6_291_456) + Octets(text: "\"")
        expect(try await workshop.ask("POST", path, raw: larger), 413, "RequestTooLargeException", "6291456")
        expect(
            try await workshop.ask("POST", path, headers: ["X-Amz-Invocation-Type": "Maybe"]), 400,
            "ValidationException")
        expect(
            try await workshop.ask("POST", path, headers: ["X-Amz-Client-Context": "%%%"]), 400,
            "InvalidRequestContentException")
        #expect(workshop.host.calls.count == 1)
        expect(try await workshop.ask("POST", Workshop.functions + "/g/invocations"), 404, "ResourceNotFoundException")
    }

    @Test func `a dry run calls nothing, an event is queued under the id that the caller is told`() async throws {
        let workshop = Workshop()
        try await workshop.create("f")
        let dry = try await workshop.ask("POST", path, headers: ["X-Amz-Invocation-Type": "DryRun"])
        #expect(dry.status == 204 && dry.body.isEmpty)
        expect(
            try await workshop.ask(
                "POST", Workshop.functions + "/f:9/invocations", headers: ["X-Amz-Invocation-Type": "DryRun"]), 404,
            "ResourceNotFoundException")
        let queued = try await workshop.ask("POST", path, headers: ["X-Amz-Invocation-Type": "Event"])
        #expect(queued.status == 202 && queued.body.isEmpty)
        let old = try await workshop.ask("POST", "/2014-11-13/functions/f/invoke-async/", raw: Octets(text: "{}"))
        #expect(old.status == 202)
        #expect(workshop.host.calls.isEmpty)
        let jobs = try await workshop.stores.jobs(dead: false, limit: 9)
        #expect(jobs.count == 2 && jobs.first?.id.description == queued.response.headers["x-amzn-RequestId"])
    }
}
