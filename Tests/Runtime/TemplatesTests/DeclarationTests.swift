import FunctionRuntime
import MailTypes
import Templates
import Testing

@Suite struct DeclarationTests {
    private func function(_ properties: String) -> String {
        """
        Resources:
          Inbound: { Type: Mailroom::Queue }
          F:
            Type: Mailroom::Function
            Properties: \(properties)
        """
    }

    @Test func `a function says what it is, may and is called by`() throws {
        let template = try load(
            """
            Resources:
              Inbound: { Type: Mailroom::Queue, Properties: { RetryFirst: 45s, RetryLast: 2h, Lifetime: 2d, DepthMax: 10 } }
              Named: { Type: Mailroom::Queue, Properties: { QueueName: other-name } }
              F:
                Type: Mailroom::Function
                Properties:
                  Handler: DoIt
                  Description: does it
                  Timeout: 2m
                  ReservedConcurrentExecutions: 8
                  Settings: { Greeting: hello, Limits: { Size: 40MiB, Wait: 5m } }
                  Policies:
                    - Uses: { Spool: read, Mailboxes: write }
                    - Uses: { Spool: write, Directory: read }
                  Events:
                    One: { Type: Queue, Properties: { Queue: !Ref Inbound } }
                    Two: { Type: Queue, Properties: { Queue: !GetAtt Named.QueueName, BatchSize: 5 } }
                    Three: { Type: SMTP, Properties: { Endpoint: mx, Question: Recipient, Idle: 90s } }
                    Four: { Type: IMAP, Properties: { Endpoint: imap, Idle: 31m } }
                    Five: { Type: Schedule, Properties: { Schedule: rate(5 minutes), Input: { a: [1] } } }
                    Six: { Type: Schedule, Properties: { Schedule: cron(0 12 * * ? *), Enabled: false } }
                    Seven: { Type: FlowRule }
                    Eight: { Type: MailboxEvent, Properties: { Events: [created] } }
                    Nine: { Type: S3, Properties: { Bucket: b, Events: "s3:ObjectCreated:*" } }
              G: { Type: Mailroom::Function, Properties: { Handler: Other } }
            """, handlers: ["DoIt", "Other"])
        let f = try #require(template.functions.first)
        #expect(f.name == "F" && f.handler == "DoIt" && f.description == "does it")
        #expect(f.timeoutSeconds == 120 && f.concurrency == 8)
        #expect(f.settings["Greeting"]?.text == "hello")
        #expect(f.settings["Limits"]?["Size"]?.octets == 40 << 20)
        #expect(f.settings["Limits"]?["Wait"]?.duration == .seconds(300))
        #expect(f.access(to: .spool) == .write && f.access(to: .mailboxes) == .write)
        #expect(f.access(to: .directory) == .read && f.access(to: .rules) == nil)
        #expect(f.triggers.map(\.name) == ["One", "Two", "Three", "Four", "Five", "Seven", "Eight", "Nine"])
        #expect(f.triggers[0].kind == .queue("inbound", batchSize: 64))
        #expect(f.triggers[1].kind == .queue("other-name", batchSize: 5))
        guard case .smtp("mx", .recipient, let limits) = f.triggers[2].kind else {
            Issue.record("not an SMTP trigger")
            return
        }
        #expect(limits.keys.sorted() == ["Idle"] && limits["Idle"]?.duration == .seconds(90))
        #expect(f.triggers[3].kind == .imap(endpoint: "imap", properties: ["Idle": TemplateValue(.string("31m"))]))
        #expect(
            f.triggers[4].kind
                == .schedule(try ScheduleExpression("rate(5 minutes)"), input: Octets(text: #"{"a":[1]}"#)))
        let queue = try #require(template.queues.first)
        #expect(queue.name == "inbound" && queue.retryFirst == .seconds(45) && queue.retryLast == .seconds(7200))
        #expect(queue.lifetime == .seconds(2 * 86400) && queue.maxDepth == 10)
        let standard = template.queues[1]
        #expect(standard.retryFirst == .seconds(30) && standard.retryLast == .seconds(14400))
        #expect(standard.lifetime == .seconds(5 * 86400) && standard.maxDepth == 100_000)
        let g = template.functions[1]
        #expect(g.timeoutSeconds == 60 && g.concurrency == nil && g.uses.isEmpty && g.triggers.isEmpty)
    }

    @Test func `a route says which requests it takes and from whom`() throws {
        let template = try load(
            function(
                """

                      Handler: H
                      Events:
                        A: { Type: HttpApi, Properties: { Method: ANY, Path: "/messages/{messageId}", Auth: sigV4, Service: s } }
                        B: { Type: HttpApi, Properties: { Method: POST, Path: /, Host: "*.Example.org", Target: "Mailroom.*" } }
                        C:
                          Type: HttpApi
                          Properties: { Method: ANY, Path: "/a/{rest+}", Auth: { GET: none, ANY: basic }, BodyMax: 1MiB }
                """))
        let routes = template.functions[0].triggers.compactMap { trigger in
            if case .httpApi(let route) = trigger.kind { route } else { nil }
        }
        #expect(routes.map(\.method) == ["ANY", "POST", "ANY"])
        #expect(routes.map(\.path) == ["/messages/{messageId}", "/", "/a/{rest+}"])
        #expect(routes[0].authorization(for: "GET") == .sigV4 && routes[0].service == "s")
        #expect(routes[1].authorization(for: "POST") == .none)
        #expect(routes[1].host == "*.example.org" && routes[1].target == "Mailroom.*")
        #expect(routes[2].authorization(for: "GET") == .none && routes[2].authorization(for: "POST") == .basic)
        #expect(routes[2].bodyMax == 1 << 20 && routes[0].bodyMax == nil)
    }

    @Test(arguments: [
        ("{}", "t.yaml:3:3: function F needs Handler"),
        ("{ Handler: Delvery }", "t.yaml:5:28: there is no handler Delvery; did you mean Delivery?"),
        ("{ Handler: [a] }", "t.yaml:5:28: Handler is one value, not a list"),
        (
            "{ Handler: H, Tiemout: 5 }",
            "t.yaml:5:31: Mailroom::Function has no property Tiemout; did you mean Timeout?"
        ),
        ("{ Handler: H, Timeout: 0 }", "t.yaml:5:40: Timeout is 0; it goes from 1 to 960 seconds"),
        ("{ Handler: H, Timeout: 20m }", "t.yaml:5:40: Timeout is 20m; it goes from 1s to 16m"),
        (
            "{ Handler: H, ReservedConcurrentExecutions: many }",
            "t.yaml:5:61: ReservedConcurrentExecutions is many, not a whole number"
        ),
        (
            "{ Handler: H, Policies: [ { Uses: { Spol: read } } ] }",
            "t.yaml:5:53: there is nothing called Spol to use; did you mean Spool?"
        ),
        (
            "{ Handler: H, Policies: [ { Uses: { Spool: wirte } } ] }",
            "t.yaml:5:60: Spool is used to read or write, not wirte; did you mean write?"
        ),
        (
            "{ Handler: H, Policies: AWSLambdaBasicExecutionRole }",
            "t.yaml:5:41: a policy of a built-in function is {Uses: {Spool: read}}, not a text"
        ),
        ("{ Handler: H, Settings: 5 }", "t.yaml:5:41: Settings is a map, not a number"),
        ("{ Handler: H, Events: { E: text } }", "t.yaml:5:44: an event is a map with Type and Properties, not a text"),
        ("{ Handler: H, Events: { E: {} } }", "t.yaml:5:41: event E needs a Type"),
        (
            "{ Handler: H, Events: { E: { Type: Smtp } } }",
            "t.yaml:5:52: Type is Smtp; it is one of SMTP, IMAP, HttpApi, Queue, Schedule, FlowRule, MailboxEvent, S3; did you mean SMTP?"
        ),
        (
            "{ Handler: H, Events: { E: { Type: SMTP, Propertise: {} } } }",
            "t.yaml:5:41: event E needs Endpoint|t.yaml:5:58: an event has no property Propertise; did you mean Properties?"
        ),
        ("{ Handler: H, Events: { E: { Type: SMTP } } }", "t.yaml:5:41: event E needs Endpoint"),
        (
            "{ Handler: H, Events: { E: { Type: SMTP, Properties: { Endpoint: xm } } } }",
            "t.yaml:5:82: Endpoint is xm; it is one of mx, submission, submissions; did you mean mx?"
        ),
        (
            "{ Handler: H, Events: { E: { Type: SMTP, Properties: { Endpoint: mx, Idel: 5m } } } }",
            "t.yaml:5:86: an event of type SMTP has no property Idel; did you mean Idle?"
        ),
        (
            "{ Handler: H, Events: { E: { Type: SMTP, Properties: { Endpoint: mx, RecipientsMax: 5 } } } }",
            "t.yaml:5:101: RecipientsMax is 5; it goes from 100 to 100000"
        ),
        (
            "{ Handler: H, Events: { E: { Type: SMTP, Properties: { Endpoint: mx, ContentMax: 40MB2 } } } }",
            "t.yaml:5:98: ContentMax is 40MB2: it has the unit MB2; sizes have B, KiB, MiB, GiB or TiB"
        ),
        (
            "{ Handler: H, Events: { E: { Type: SMTP, Properties: { Endpoint: mx, ContentMax: 4GiB } } } }",
            "t.yaml:5:98: ContentMax is 4GiB; it goes from 64KiB to 2GiB"
        ),
        (
            "{ Handler: H, Events: { E: { Type: IMAP, Properties: { Endpoint: imap, Idle: 5m } } } }",
            "t.yaml:5:94: Idle is 5m; it goes from 30m to 1d"
        ),
        (
            "{ Handler: H, Events: { E: { Type: Queue, Properties: { Queue: inbuond } } } }",
            "t.yaml:5:41: there is no queue inbuond; did you mean inbound?"
        ),
        (
            "{ Handler: H, Events: { E: { Type: Schedule, Properties: { Schedule: rate(5 minute) } } } }",
            "t.yaml:5:86: Schedule is rate(5 minute): write rate(5 minutes)"
        ),
        (
            "{ Handler: H, Events: { E: { Type: Schedule, Properties: { Schedule: rate(5 minutes), Input: '{' } } } }",
            "t.yaml:5:110: Input is not JSON:"
        ),
        (
            "{ Handler: H, Events: { E: { Type: HttpApi, Properties: { Method: get, Path: /a } } } }",
            "t.yaml:5:83: Method is get; it is one of ANY, DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT; did you mean GET?"
        ),
        (
            "{ Handler: H, Events: { E: { Type: HttpApi, Properties: { Method: GET } } } }",
            "t.yaml:5:41: event E needs Path"
        ),
        (
            "{ Handler: H, Events: { E: { Type: HttpApi, Properties: { Method: GET, Path: a } } } }",
            "t.yaml:5:94: Path is a: it starts with /"
        ),
        (
            "{ Handler: H, Events: { E: { Type: HttpApi, Properties: { Method: GET, Path: '/{a}/{a}' } } } }",
            "t.yaml:5:94: Path is /{a}/{a}: {a} is there twice"
        ),
        (
            "{ Handler: H, Events: { E: { Type: HttpApi, Properties: { Method: GET, Path: '/{a+}/b' } } } }",
            "t.yaml:5:94: Path is /{a+}/b: {name+} comes last"
        ),
        (
            "{ Handler: H, Events: { E: { Type: HttpApi, Properties: { Method: GET, Path: '/x{a}' } } } }",
            "t.yaml:5:94: Path is /x{a}: a parameter is a whole segment: /{name}"
        ),
        (
            "{ Handler: H, Events: { E: { Type: HttpApi, Properties: { Method: GET, Path: /a, Auth: sigv4, Service: s } } } }",
            "t.yaml:5:104: Auth is sigv4; it is one of none, basic, sigV4; did you mean sigV4?|t.yaml:5:120: Service has a meaning only with Auth: sigV4"
        ),
        (
            "{ Handler: H, Events: { E: { Type: HttpApi, Properties: { Method: GET, Path: /a, Auth: sigV4 } } } }",
            "t.yaml:5:41: event E is signed and needs Service: the name the signature is for"
        ),
        (
            "{ Handler: H, Events: { E: { Type: HttpApi, Properties: { Method: GET, Path: /a, Auth: { GTE: none } } } } }",
            "t.yaml:5:106: GTE is not a method; did you mean GET?"
        ),
        ("{ Handler: H, Events: { E: { Type: S3, Properties: { Bucket: b } } } }", "t.yaml:5:41: event E needs Events"),
    ])
    func `a function that cannot be is told with its place`(_ properties: String, _ problem: String) {
        let found = problems(function(properties), handlers: ["H", "Delivery"])
        let wanted = problem.split(separator: "|").map(String.init)
        #expect(found.count == wanted.count && zip(found, wanted).allSatisfy { $0.hasPrefix($1) }, "\(found)")
    }

    @Test func `two functions for one thing are told`() {
        let found = problems(
            """
            Resources:
              Q: { Type: Mailroom::Queue }
              R: { Type: Mailroom::Queue, Properties: { QueueName: q } }
              E: { Type: Mailroom::Endpoint, Properties: { Endpoint: http } }
              D: { Type: Mailroom::Endpoint, Properties: { Endpoint: http } }
              A:
                Type: Mailroom::Function
                Properties:
                  Handler: H
                  Events:
                    Q: { Type: Queue, Properties: { Queue: q } }
                    S: { Type: SMTP, Properties: { Endpoint: mx } }
                    I: { Type: IMAP, Properties: { Endpoint: imap } }
                    H: { Type: HttpApi, Properties: { Method: GET, Path: /a } }
              B:
                Type: Mailroom::Function
                Properties:
                  Handler: H
                  Events:
                    Q: { Type: Queue, Properties: { Queue: q } }
                    S: { Type: SMTP, Properties: { Endpoint: mx, Question: Message } }
                    I: { Type: IMAP, Properties: { Endpoint: imap } }
                    H: { Type: HttpApi, Properties: { Method: GET, Path: /a } }
                    P: { Type: HttpApi, Properties: { Method: POST, Path: /a } }
                    T: { Type: HttpApi, Properties: { Method: GET, Path: /a, Target: X.* } }
            """)
        #expect(
            found == [
                "t.yaml:3:3: there is a second queue q",
                "t.yaml:5:3: there is a second endpoint http",
                "t.yaml:20:9: queue q leads to A already",
                "t.yaml:21:9: the Message question of mx leads to A already",
                "t.yaml:22:9: endpoint imap leads to A already",
                "t.yaml:23:9: GET /a leads to A already",
            ])
    }

    @Test(
        arguments: [
            ("500ms", .milliseconds(500)), ("30s", .seconds(30)), ("5m", .seconds(300)), ("4h", .seconds(14400)),
            ("5d", .seconds(432_000)), ("2w", .seconds(1_209_600)), ("0s", .zero), ("5 m", .seconds(300)), ("30", nil),
            ("", nil), ("s", nil), ("-5s", nil), ("1.5h", nil), ("5M", nil), ("5y", nil),
            ("99999999999999999999s", nil),
            ("9999999999999999w", nil), ("4000d", nil), ("5s5", nil),
        ] as [(String, Duration?)])
    func `a duration has a unit`(_ text: String, _ duration: Duration?) {
        #expect((try? Quantity.duration(text)) == duration)
        #expect(TemplateValue(.string(text)).duration == duration)
    }

    @Test(
        arguments: [
            ("0", 0), ("512", 512), ("512B", 512), ("64KiB", 65536), ("40MiB", 41_943_040), ("1GiB", 1 << 30),
            ("2 TiB", 2 << 40),
            ("10KB", 10_000), ("10MB", 10_000_000), ("1GB", 1_000_000_000), ("40Mib", nil), ("40M", nil), ("-1", nil),
            ("1.5MiB", nil), ("", nil), ("999999999999999999TiB", nil), ("MiB", nil),
        ] as [(String, Int?)])
    func `a size counts octets`(_ text: String, _ octets: Int?) {
        #expect((try? Quantity.octets(text)) == octets)
        #expect(TemplateValue(.string(text)).octets == octets)
    }
}
