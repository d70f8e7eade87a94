import FunctionRuntime
import MailPolicy
import MailTypes
import MemoryStores
import Synchronization
import Testing

@testable import RuleEvaluation

private let everybody = "{\"actions\":[{\"action\":{\"type\":\"DEFAULT\"},\"allRecipients\":true}]}"

@Suite struct RunLambdaTests {
    @Test func `the function is called as WorkMail calls it, and its answer decides and is durable`() async throws {
        let bench = try await RuleBench()
        let functions = ScriptedUserFunctions(
            ScriptedUserFunctions.json(
                """
                {"actions":[{"action":{"type":"BOUNCE","parameters":{"bounceMessage":"no"}},
                 "recipients":["alice@demo.mailroom.test"]},{"action":{"type":"BYPASS_SPAM_CHECK"},"allRecipients":true}]}
                """))
        let verdict = try await bench.decide(functions, bench.rule())
        #expect(verdict.actions == [0: .bounce(message: "no"), 1: .neverJunk])
        let call = try #require(functions.invocations.first)
        #expect(call.patience == .seconds(15))
        #expect(call.invokedARN == RuleBench.arn)
        #expect(call.message?.id == bench.id)
        #expect(call.message?.transaction != nil)
        #expect(
            functions.callers == [
                .service(
                    principal: "workmail.us-east-1.amazonaws.com",
                    sourceARN: "arn:aws:workmail:us-east-1:000000000000:organization/\(bench.organization)",
                    sourceAccount: "000000000000")
            ])
        let event = try JSONValue(parsing: call.payload)
        #expect(event["invocationId"]?.string?.count == 40)
        #expect(event["messageId"]?.string == bench.id.description)
        let message = try await bench.message
        #expect(message.flow.first?.decisions?.count == 2)
        let span = try #require(try await bench.stores.spans(of: bench.id).last)
        #expect(span.function == "filter")
        #expect(span.decision == "BOUNCE, BYPASS_SPAM_CHECK")
        #expect(span.requestID?.description == call.requestID)
        #expect(span.reason.contains("$LATEST") && span.reason.contains("event "))
    }

    @Test func `inbound only own recipients are told, outbound all`() async throws {
        for (direction, count) in [(FlowDirection.inbound, 1), (.outbound, 2)] {
            let bench = try await RuleBench(
                to: ["alice@demo.mailroom.test", "x@elsewhere.example"], direction: direction)
            let functions = ScriptedUserFunctions(ScriptedUserFunctions.json(everybody))
            _ = try await bench.decide(functions, bench.rule())
            let event = try JSONValue(parsing: try #require(functions.invocations.first).payload)
            #expect(event["envelope"]?["recipients"]?.array?.count == count)
        }
    }

    @Test(arguments: [
        ScriptedUserFunctions.refusal(.notFound("filter")), ScriptedUserFunctions.refusal(.denied("no policy")),
        ScriptedUserFunctions.refusal(.throttled(reason: "ReservedFunctionConcurrentInvocationLimitExceeded")),
        ScriptedUserFunctions.refusal(.outOfPatience(.seconds(15))),
        ScriptedUserFunctions.refusal(.unavailable("there is no python3.12")),
        ScriptedUserFunctions.refusal(.tooLarge(limitOctets: 6)),
        ScriptedUserFunctions.json("{\"errorType\":\"KeyError\",\"errorMessage\":\"'X'\"}", error: "Unhandled"),
        ScriptedUserFunctions.json("null"), ScriptedUserFunctions.json("<html>"),
        ScriptedUserFunctions.json(everybody, error: "Unhandled"),
    ])
    func `without a retry any failure is the fallback for all, at once`(answer: @escaping ScriptedUserFunctions.Answer)
        async throws
    {
        let bench = try await RuleBench()
        let verdict = try await bench.decide(ScriptedUserFunctions(answer), bench.rule(minutes: 0, fallback: .drop))
        #expect(verdict.actions == [0: .drop, 1: .drop])
        #expect(verdict.sentence.hasPrefix("fallback drop after 1 failed attempts"))
    }

    @Test func `a missing permission says how to grant it`() async throws {
        let bench = try await RuleBench()
        let functions = ScriptedUserFunctions(ScriptedUserFunctions.refusal(.denied("no policy allows it")))
        let arn = RuleBench.arn + ":live"
        let verdict = try await bench.decide(functions, bench.rule(arn: arn))
        #expect(
            verdict.sentence.contains(
                "aws lambda add-permission --function-name filter --qualifier live --statement-id workmail "
                    + "--action lambda:InvokeFunction --principal workmail.us-east-1.amazonaws.com --source-arn "
                    + "arn:aws:workmail:us-east-1:000000000000:organization/\(bench.organization)"))
    }

    @Test func `failures are repeated with growing pauses until the rule's timeout, over restarts`() async throws {
        let bench = try await RuleBench()
        let functions = ScriptedUserFunctions(ScriptedUserFunctions.json("null"))
        let rule = bench.rule(minutes: 5, fallback: .junk)
        let started = bench.time.now()
        var pauses: [Duration] = []
        var verdict = try await bench.decide(functions, rule)
        while let due = verdict.dueAt {
            #expect(verdict.sentence.contains("fallback junk at \((started + .seconds(300)).rfc3339)"))
            pauses.append(due - bench.time.now())
            #expect(due <= started + .seconds(300))
            // Something else brings the message back early: nobody is asked.
            let count = functions.invocations.count
            bench.time.advance(by: .milliseconds(1))
            #expect(try await bench.decide(functions, rule).dueAt == due)
            #expect(functions.invocations.count == count)
            bench.time.advance(by: due - bench.time.now())
            verdict = try await bench.decide(functions, rule, seed: UInt64(count))
        }
        #expect(verdict.actions == [0: .junk, 1: .junk])
        #expect(bench.time.now() == started + .seconds(300))
        #expect(pauses[0] >= .seconds(1) && pauses[0] < .seconds(2))
        #expect(pauses.count >= 7 && pauses.count <= 10)
        #expect(zip(pauses, pauses.dropFirst().dropLast()).allSatisfy { $1 > $0 })
        let ids = try functions.invocations.map { try JSONValue(parsing: $0.payload)["invocationId"]?.string }
        #expect(Set(ids).count == 1, "the same event, whoever asks")
        #expect(Set(functions.invocations.map(\.requestID)).count == ids.count)
    }

    @Test func `a function that recovers decides, and is never asked again`() async throws {
        let bench = try await RuleBench()
        let functions = ScriptedUserFunctions(
            ScriptedUserFunctions.refusal(.outOfPatience(.seconds(15))), ScriptedUserFunctions.json(everybody))
        let rule = bench.rule(minutes: 5)
        let due = try #require(try await bench.decide(functions, rule).dueAt)
        #expect(try await bench.message.flow.first?.failures == 1)
        bench.time.advance(by: due - bench.time.now())
        #expect(try await bench.decide(functions, rule).actions == [0: .deliver, 1: .deliver])
        #expect(functions.invocations.count == 2)
    }

    @Test func `a function may let the message wait, which is no failure and costs no time`() async throws {
        let bench = try await RuleBench()
        let wait = ScriptedUserFunctions.json("{\"wait\":{\"seconds\":86400}}")
        let functions = ScriptedUserFunctions(
            wait, wait, ScriptedUserFunctions.json("null"), ScriptedUserFunctions.json(everybody))
        let rule = bench.rule(minutes: 1)
        for _ in 0..<2 {
            let verdict = try await bench.decide(functions, rule)
            #expect(verdict.dueAt == bench.time.now() + .seconds(86_400))
            #expect(verdict.sentence.contains("asked to wait"))
            bench.time.advance(by: .seconds(86_400))
        }
        let due = try #require(
            try await bench.decide(functions, rule).dueAt, "two days of waiting are no minute of failing")
        bench.time.advance(by: due - bench.time.now())
        #expect(try await bench.decide(functions, rule).actions == [0: .deliver, 1: .deliver])
        let ids = try functions.invocations.map { try JSONValue(parsing: $0.payload)["invocationId"]?.string }
        #expect(Set(ids).count == 1)
    }

    @Test func `waiting ends after seven days with the fallback`() async throws {
        let bench = try await RuleBench()
        let functions = ScriptedUserFunctions(ScriptedUserFunctions.json("{\"wait\":{\"seconds\":80000}}"))
        let started = bench.time.now()
        var verdict = try await bench.decide(functions, bench.rule(minutes: 240))
        while let due = verdict.dueAt {
            #expect(due <= started + .seconds(7 * 86400))
            bench.time.advance(by: due - bench.time.now())
            verdict = try await bench.decide(functions, bench.rule(minutes: 240))
        }
        #expect(bench.time.now() == started + .seconds(7 * 86400))
        #expect(verdict.actions == [0: .junk, 1: .junk])
    }
}

@Suite struct FlowRecipientTests {
    private let adding = """
        {"actions":[{"action":{"type":"DEFAULT"},"allRecipients":true,
         "recipients":["carol@demo.mailroom.test","spy@elsewhere.example"]}]}
        """

    @Test func `inbound a function adds people of the organization only`() async throws {
        let bench = try await RuleBench()
        let verdict = try await bench.decide(
            ScriptedUserFunctions(ScriptedUserFunctions.json(adding)), bench.rule())
        #expect(verdict.actions == [0: .deliver, 1: .deliver, 2: .deliver])
        let message = try await bench.message
        #expect(message.envelope.recipients.map(\.forwardPath.address).last == address("carol@demo.mailroom.test"))
        #expect(message.envelope.recipients.count == 3)
        #expect(message.envelope.recipients.last?.notify == [])
        #expect(message.openRecipients == [0, 1, 2])
        #expect(verdict.sentence.contains("1 recipients not added"))
    }

    @Test func `outbound a function adds anybody, up to 500 in all`() async throws {
        let some = try await RuleBench(direction: .outbound)
        let verdict = try await some.decide(
            ScriptedUserFunctions(ScriptedUserFunctions.json(adding)), some.rule())
        #expect(verdict.actions?.count == 4)
        let many = try await RuleBench(
            to: (0..<498).map { "r\($0)@elsewhere.example" }, direction: .outbound)
        let list = (0..<9).map { "\"new\($0)@elsewhere.example\"" }.joined(separator: ",")
        let answer =
            "{\"actions\":[{\"action\":{\"type\":\"DEFAULT\"},\"allRecipients\":true,\"recipients\":[\(list)]}]}"
        _ = try await many.decide(ScriptedUserFunctions(ScriptedUserFunctions.json(answer)), many.rule())
        #expect(try await many.message.envelope.recipients.count == 500)
    }
}

@Suite struct FlowContentTests {
    private let new = "From: Ann <ann@outside.example>\r\nSubject: [EXTERNAL] Offer\r\nX-New: 1\r\n\r\nHello!\r\n"

    @Test func `content put during the call becomes what is delivered, with the decision`() async throws {
        let bench = try await RuleBench()
        let functions = ScriptedUserFunctions(
            ScriptedUserFunctions.after(
                { await bench.put(new, during: $0) }, ScriptedUserFunctions.json(everybody)))
        let verdict = try await bench.decide(functions, bench.rule())
        #expect(try await bench.stores.content(of: bench.id, range: nil).text == new)
        #expect(try await bench.message.size == new.utf8.count)
        #expect(verdict.sentence.contains("content replaced: added x-new; changed subject; +"))
    }

    @Test func `a failed attempt leaves no content behind, and the fallback delivers the original`() async throws {
        let bench = try await RuleBench()
        let functions = ScriptedUserFunctions(
            ScriptedUserFunctions.after(
                { await bench.put(new, during: $0) }, ScriptedUserFunctions.refusal(.outOfPatience(.seconds(15)))),
            ScriptedUserFunctions.after(
                { await bench.put(new, during: $0) }, ScriptedUserFunctions.json("{\"wait\":{\"seconds\":5}}")),
            ScriptedUserFunctions.json("null"))
        let rule = bench.rule(minutes: 1)
        var verdict = try await bench.decide(functions, rule)
        while let due = verdict.dueAt {
            for invocation in functions.invocations {
                let transaction = try #require(invocation.message?.transaction)
                #expect(try await bench.stores.contentSize(of: bench.id, as: .transaction(transaction)) == nil)
            }
            bench.time.advance(by: due - bench.time.now())
            verdict = try await bench.decide(functions, rule)
        }
        #expect(try await bench.stores.content(of: bench.id, range: nil).text == RuleBench.head + "\r\nHello\r\n")
        #expect(verdict.actions == [0: .junk, 1: .junk])
    }

    @Test func `a function that still runs after its time changes nothing of a later attempt`() async throws {
        let bench = try await RuleBench()
        let late = Mutex<LambdaInvocation?>(nil)
        let functions = ScriptedUserFunctions(
            ScriptedUserFunctions.after(
                { invocation in late.withLock { $0 = invocation } },
                ScriptedUserFunctions.refusal(.outOfPatience(.seconds(15)))),
            ScriptedUserFunctions.after(
                { _ in if let first = late.withLock({ $0 }) { await bench.put("From: late\r\n\r\n", during: first) } },
                ScriptedUserFunctions.json(everybody)))
        let due = try #require(try await bench.decide(functions, bench.rule(minutes: 1)).dueAt)
        bench.time.advance(by: due - bench.time.now())
        _ = try await bench.decide(functions, bench.rule(minutes: 1))
        #expect(try await bench.stores.content(of: bench.id, range: nil).text == RuleBench.head + "\r\nHello\r\n")
        #expect(try await bench.stores.content(of: bench.id, as: .shown, range: nil).text == "From: late\r\n\r\n")
    }

    @Test func `after a crash between put and answer the next process starts from the original`() async throws {
        let bench = try await RuleBench()
        // What a process leaves behind that died while its function had put content and not answered.
        try await bench.stores.stageContent(
            bench.stores.stage(Octets(text: new)), of: bench.id, as: .transaction("died"))
        let functions = ScriptedUserFunctions(ScriptedUserFunctions.json(everybody))
        _ = try await bench.decide(functions, bench.rule())
        #expect(try await bench.stores.content(of: bench.id, range: nil).text == RuleBench.head + "\r\nHello\r\n")
    }

    @Test func `after a crash between answer and delivery the answer stands and nobody is asked`() async throws {
        let bench = try await RuleBench()
        try await bench.stores.createRule(
            FlowRule(
                name: "ask", senderPatterns: ["*"], recipientPatterns: ["*"], action: .runLambda(bench.rule())),
            in: bench.organization, direction: .inbound)
        let functions = ScriptedUserFunctions(
            ScriptedUserFunctions.after(
                { await bench.put(new, during: $0) },
                ScriptedUserFunctions.json(
                    "{\"actions\":[{\"action\":{\"type\":\"MOVE_TO_JUNK\"},\"allRecipients\":true}]}")))
        func evaluate() async throws -> Routing {
            try await RuleEvaluation(spool: bench.stores, rules: bench.stores, functions: bench.runner(functions))
                .handle(AcceptedMessage(bench.message), in: .test(time: bench.time))
        }
        let first = try await evaluate()
        let second = try await evaluate()
        #expect(first.routed?.decisions.map(\.action) == [.junk, .junk])
        #expect(second.routed?.decisions == first.routed?.decisions)
        #expect(functions.invocations.count == 1)
        #expect(try await bench.stores.content(of: bench.id, range: nil).text == new)
    }
}

@Suite struct AsynchronousRuleTests {
    @Test func `an asynchronous function is queued once for a message and a rule`() async throws {
        let bench = try await RuleBench()
        let functions = ScriptedUserFunctions()
        let rule = bench.rule(synchronous: false)
        for _ in 0..<3 {
            _ = try await bench.runner(functions).start(bench.invocation(rule), in: .test(time: bench.time))
        }
        #expect(functions.queued.count == 1)
        let queued = try #require(functions.queued.first)
        #expect(queued.message == LambdaMessage(id: bench.id, transaction: nil))
        #expect(queued.patience == nil)
        #expect(try await bench.message.stepsDone == ["function ask"])
    }

    @Test func `after a crash before the mark it is queued under the same request id`() async throws {
        let one = try await RuleBench()
        let other = try await RuleBench()
        let functions = ScriptedUserFunctions()
        for (bench, seed) in [(one, UInt64(1)), (other, 2)] {
            _ = try await bench.runner(functions).start(
                bench.invocation(bench.rule(synchronous: false)),
                in: .test(time: bench.time, random: SeededRandom(seed)))
        }
        #expect(functions.queued.count == 2)
        #expect(functions.queued[0].requestID == functions.queued[1].requestID)
    }

    @Test func `a function that cannot be queued holds up nobody`() async throws {
        let bench = try await RuleBench()
        let functions = ScriptedUserFunctions()
        functions.refuse(.denied("no policy"))
        let sentence = try await bench.runner(functions).start(
            bench.invocation(bench.rule(synchronous: false)), in: .test(time: bench.time))
        #expect(sentence.contains("was not called: no policy"))
        #expect(try await bench.message.stepsDone == ["function ask"])
    }
}

@Suite struct OutboundRuleTests {
    private func route(_ answer: String) async throws -> (RuleBench, Routing) {
        let bench = try await RuleBench(to: ["x@elsewhere.example", "y@elsewhere.example"], direction: .outbound)
        try await bench.stores.createRule(
            FlowRule(
                name: "ask", senderPatterns: ["outside.example"], recipientPatterns: ["*"],
                action: .runLambda(bench.rule(fallback: .bounce))),
            in: bench.organization, direction: .outbound)
        let functions = ScriptedUserFunctions(ScriptedUserFunctions.json(answer))
        let routing = try await RuleEvaluation(
            spool: bench.stores, rules: bench.stores, functions: bench.runner(functions)
        ).handle(AcceptedMessage(bench.message), in: .test(time: bench.time))
        return (bench, routing)
    }

    @Test func `outbound mail meets its own rules and goes on to the relay, with whom the function adds`() async throws
    {
        let (bench, routing) = try await route(
            "{\"actions\":[{\"action\":{\"type\":\"DROP\"},\"recipients\":[\"x@elsewhere.example\"]},"
                + "{\"action\":{\"type\":\"DEFAULT\"},\"allRecipients\":true,\"recipients\":[\"z@third.example\"]}]}")
        #expect(routing.emissions.map(\.queue) == ["sending"])
        #expect(routing.routed?.decisions.map(\.action) == [.drop, .deliver, .deliver])
        #expect(try await bench.message.envelope.recipients.count == 3)
    }

    @Test func `what only inbound mail knows is no answer for outbound mail`() async throws {
        let (_, routing) = try await route(
            "{\"actions\":[{\"action\":{\"type\":\"MOVE_TO_JUNK\"},\"allRecipients\":true}]}")
        #expect(routing.routed?.decisions.map(\.action) == [.bounce(message: nil), .bounce(message: nil)])
    }

    @Test(arguments: [2, -2])
    func `F105: a clock that is set by days neither ends a rule's timeout nor holds the next attempt up`(
        _ days: Int64
    ) async throws {
        let bench = try await RuleBench()
        let functions = ScriptedUserFunctions(
            ScriptedUserFunctions.refusal(.outOfPatience(.seconds(15))), ScriptedUserFunctions.json("null"),
            ScriptedUserFunctions.json(everybody))
        let rule = bench.rule(minutes: 5)
        let first = try #require(try await bench.decide(functions, rule).dueAt)
        bench.time.advance(by: first - bench.time.steady())
        bench.time.jump(by: .seconds(days * 86400))
        let second = try #require(
            try await bench.decide(functions, rule).dueAt, "no fallback: five minutes are not over")
        #expect(second - bench.time.steady() < .seconds(10))
        bench.time.advance(by: second - bench.time.steady())
        #expect(try await bench.decide(functions, rule).actions == [0: .deliver, 1: .deliver])
    }

    /// Places of a worker that ends.
    private struct Ending: WorkPlaces {
        func stepAside(_ id: QueueID, giveUp: @escaping @Sendable () -> Void) -> Bool { false }
        func stepBack(_ id: QueueID) {}
        var isEnding: Bool { true }
    }

    @Test func `a call that is broken off because work ends is no failure of the function's`() async throws {
        let bench = try await RuleBench()
        // What the host answers to a caller whose task was cancelled.
        let functions = ScriptedUserFunctions(ScriptedUserFunctions.refusal(.outOfPatience(.zero)))
        let runner = bench.runner(functions, gate: FunctionGate(places: Ending()))
        let invocation = try await bench.invocation(bench.rule(minutes: 5))
        let attempt = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            _ = try await runner.decide(invocation, in: .test(time: bench.time))
        }
        await #expect(throws: CancellationError.self) { try await attempt.value }
        #expect(functions.invocations.count == 1)
        #expect(try await bench.message.flow.isEmpty)
    }
}
