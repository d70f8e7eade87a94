import FunctionRuntime
import MailTypes
import Templates
import Testing

@Suite struct StandardTemplateTests {
    private static let handlers = [
        "MXReceive", "MXRecipient", "SubmissionRecipient", "SubmissionHeader", "Submission", "Relay", "RuleEvaluation",
        "Delivery", "Journaling", "MessageFlow", "AutoDiscover",
        "Autoconfig",
        "Mailbox", "Login", "WorkMailAPI", "Administration", "CloudFormation", "Housekeeping", "Objects",
        "ObjectExpiry", "CodeUpkeep",
        "SecurityTokens", "Secrets", "Parameters", "EmailSending", "FunctionMetrics", "FunctionLogs", "LogRetention",
        "LambdaAPI", "FunctionCode", "AsyncInvocation", "FunctionTrigger", "APIGateway",
    ]

    @Test func `the standard template has no problem and binds every function`() throws {
        let template = try Template.load(standardTemplate, file: "mailroom.yaml", handlers: Self.handlers)
        // RuleEvaluation twice: for what comes in and for what users send. APIGateway twice: for APIs and for functions' URLs.
        #expect(
            template.functions.map(\.handler).sorted()
                == (Self.handlers + ["RuleEvaluation", "APIGateway"]).sorted())
        #expect(Set(template.queues.map(\.name)) == ["inbound", "outbound", "routed", "sending", "journal"])
        #expect(template.endpoints.map(\.name) == ["http"])
        #expect(template.foreignResources.isEmpty)
        func triggers(_ name: FunctionName) -> [TriggerDeclaration.Kind] {
            template.functions.first { $0.name == name }?.triggers.map(\.kind) ?? []
        }
        #expect(triggers("RuleEvaluation") == [.queue("inbound", batchSize: 64)])
        #expect(triggers("OutboundRules") == [.queue("outbound", batchSize: 256)])
        #expect(triggers("Delivery") == [.queue("routed", batchSize: 64)])
        #expect(triggers("Journaling") == [.queue("journal", batchSize: 64)])
        #expect(triggers("Login") == [])
        guard case .smtp("mx", .message, let limits)? = triggers("MXReceive").first,
            case .imap("imap", let idle)? = triggers("Mailbox").first
        else {
            Issue.record("MXReceive answers mx, Mailbox answers imap")
            return
        }
        #expect(limits["ContentMax"]?.octets == 40 << 20 && limits["RecipientsMax"]?.integer == 500)
        #expect(idle["Idle"]?.duration == .seconds(1800))
        #expect(triggers("Housekeeping") == [.schedule(try ScheduleExpression("rate(5 minutes)"), input: nil)])
    }

    @Test func `its parameters change limits, within limits`() throws {
        let template = try Template.load(
            standardTemplate, file: "mailroom.yaml", parameters: ["ContentMax": "64MiB", "Lifetime": "2d"])
        #expect(template.queues.first { $0.name == "inbound" }?.lifetime == .seconds(2 * 86400))
        #expect(throws: TemplateProblems.self) {
            try Template.load(standardTemplate, file: "mailroom.yaml", parameters: ["ContentMax": "40MB"])
        }
        #expect(throws: TemplateProblems.self) {
            try Template.load(standardTemplate, file: "mailroom.yaml", parameters: ["IMAPIdle": "5m"])
        }
    }

    @Test func `a misspelt handler is told with its line`() throws {
        do throws(TemplateProblems) {
            _ = try Template.load(
                standardTemplate, file: "mailroom.yaml", handlers: Self.handlers.filter { $0 != "Delivery" })
            Issue.record("Delivery is not registered")
        } catch {
            #expect(error.problems.map(\.message) == ["there is no handler Delivery"])
            #expect(error.problems[0].line > 100)
        }
    }
}
