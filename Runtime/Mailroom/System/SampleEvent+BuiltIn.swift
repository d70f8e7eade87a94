import FunctionRuntime
import MailTypes

extension SampleEvent {
    /// Events of the handlers that come with the system.
    static let builtIn: [SampleEvent] = [
        SampleEvent(type: "smtp-message", function: "MXReceive", summary: "a message at the end of DATA") { card in
            [
                "session": session,
                "envelope": [
                    "reversePath": "sender@outside.example", "recipients": [["forwardPath": .string(user(card))]],
                    "body": "8BITMIME",
                ],
                "content": [
                    "text": .string(
                        "From: <sender@outside.example>\nTo: <\(user(card))>\nSubject: Hello\n"
                            + "Date: Fri, 20 Nov 2026 12:00:00 +0000\nMessage-ID: <sample@outside.example>\n\nA sample message.\n"
                    )
                ],
            ]
        },
        SampleEvent(type: "smtp-recipient", function: "MXRecipient", summary: "a recipient at RCPT") { card in
            ["session": session, "reversePath": "sender@outside.example", "recipient": .string(user(card))]
        },
        SampleEvent(type: "accepted-message", function: "RuleEvaluation", summary: "a message in the inbound queue") {
            card in
            ["message": message(card)]
        },
        SampleEvent(
            type: "routed-message", function: "Delivery", summary: "a message with a decision for each recipient"
        ) { card in
            ["message": message(card), "decisions": [["recipient": 0, "action": ["deliver": [:]]]]]
        },
        SampleEvent(type: "journal-request", function: "Journaling", summary: "a message to be journaled") { card in
            ["message": message(card)]
        },
        SampleEvent(type: "message-flow-get", function: "MessageFlow", summary: "GetRawMessageContent") { _ in
            http(
                "GET", "/messages/00000000-0000-7000-8000-000000000000",
                parameters: ["messageId": "00000000-0000-7000-8000-000000000000"], caller: key("workmailmessageflow"))
        },
        SampleEvent(type: "message-flow-put", function: "MessageFlow", summary: "PutRawMessageContent") { _ in
            http(
                "POST", "/messages/00000000-0000-7000-8000-000000000000",
                parameters: ["messageId": "00000000-0000-7000-8000-000000000000"],
                body: "{\"content\":{\"s3Reference\":{\"bucket\":\"box\",\"key\":\"one\"}}}",
                caller: key("workmailmessageflow"))
        },
        SampleEvent(type: "autodiscover", function: "AutoDiscover", summary: "a phone that sets itself up") { card in
            let request = "http://schemas.microsoft.com/exchange/autodiscover/mobilesync/requestschema/2006"
            let response = "http://schemas.microsoft.com/exchange/autodiscover/mobilesync/responseschema/2006"
            return http(
                "POST", "/autodiscover/autodiscover.xml",
                body:
                    "<?xml version=\"1.0\" encoding=\"utf-8\"?><Autodiscover xmlns=\"\(request)\"><Request><EMailAddress>\(user(card))"
                    + "</EMailAddress><AcceptableResponseSchema>\(response)</AcceptableResponseSchema></Request></Autodiscover>",
                caller: ["user": ["_0": entity(card)]])
        },
        SampleEvent(type: "autoconfig", function: "Autoconfig", summary: "Thunderbird setting itself up") { card in
            http("GET", "/.well-known/autoconfig/mail/config-v1.1.xml", query: "emailaddress=\(user(card))")
        },
        SampleEvent(type: "mailbox-folders", function: "Mailbox", summary: "the folders of an account") { card in
            ["entity": entity(card), "question": ["folders": [:]]]
        },
        SampleEvent(type: "login", function: "Login", summary: "somebody says who they are") { card in
            [
                "protocolName": "IMAP", "user": .string(user(card)),
                "password": .string(card?.users?.first?.password ?? "secret"),
                "peer": ["host": "127.0.0.1", "port": 40_000], "isSecure": true,
            ]
        },
        SampleEvent(type: "workmail-api", function: "WorkMailAPI", summary: "an operation of the WorkMail API") { _ in
            http(
                "POST", "/",
                headers: [
                    "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "WorkMailService.ListOrganizations",
                ],
                body: "{}",
                caller: key("workmail"))
        },
        SampleEvent(
            type: "administration", function: "Administration", summary: "an operation on flow rules or journaling"
        ) { card in
            http(
                "POST", "/",
                headers: ["Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "Mailroom.TestMailFlowRules"],
                body:
                    "{\"OrganizationId\":\"\(card?.organization?.id ?? "m-00000000000000000000000000000000")\",\"Direction\":\"INBOUND\","
                    + "\"Sender\":\"sender@outside.example\",\"Recipient\":\"\(user(card))\"}",
                caller: key("mailroom"))
        },
        SampleEvent(type: "s3-api", function: "Objects", summary: "a request to the object store") { _ in
            http("GET", "/", caller: key("s3"))
        },
        SampleEvent(type: "object-expiry", function: "ObjectExpiry", summary: "objects may have expired") { _ in
            ["schedule": "ObjectExpiry/Every", "scheduledAt": .integer(SystemClock.now().milliseconds)]
        },
        SampleEvent(type: "code-upkeep", function: "CodeUpkeep", summary: "code may be needed by nothing any more") {
            _ in
            ["schedule": "CodeUpkeep/Every", "scheduledAt": .integer(SystemClock.now().milliseconds)]
        },
        SampleEvent(type: "housekeeping", function: "Housekeeping", summary: "a clock has struck") { _ in
            ["schedule": "Housekeeping/Every", "scheduledAt": .integer(SystemClock.now().milliseconds)]
        },
    ]

    private static let session: JSONValue = [
        "endpoint": "mx", "peer": ["host": "192.0.2.25", "port": 40_000], "helo": "mail.outside.example",
        "isExtended": true,
        "hostname": "mx.mailroom.test",
    ]

    private static func message(_ card: Card?) -> JSONValue {
        [
            "id": "00000000-0000-7000-8000-000000000000", "queue": "inbound",
            "organization": .string(card?.organization?.id ?? "m-00000000000000000000000000000000"),
            "direction": "INBOUND",
            "envelope": [
                "reversePath": "sender@outside.example", "recipients": [["forwardPath": .string(user(card))]],
            ],
            "messageID": "sample@outside.example", "isNotice": false,
            "acceptedAt": .integer(SystemClock.now().milliseconds), "size": 200,
            "fates": [nil], "stepsDone": [], "attempts": 0, "isDead": false,
        ]
    }

    private static func entity(_ card: Card?) -> JSONValue {
        [
            "id": "00000000-0000-4000-8000-000000000000",
            "organization": .string(card?.organization?.id ?? "m-00000000000000000000000000000000"),
            "kind": "USER", "state": "ENABLED", "name": .string(String(user(card).prefix { $0 != "@" })),
            "displayName": .string(String(user(card).prefix { $0 != "@" })), "role": "USER",
            "email": .string(user(card)), "aliases": [],
            "isHidden": false, "quotaMB": 51200, "createdAt": .integer(SystemClock.now().milliseconds),
            "attributes": [:],
        ]
    }

    static func key(_ service: String) -> JSONValue {
        ["key": ["id": "AKID", "principal": "root", "region": "us-east-1", "service": .string(service)]]
    }

    static func http(
        _ method: String, _ path: String, query: String = "", headers: [String: String] = [:],
        parameters: [String: String] = [:],
        body: String = "", caller: JSONValue = ["anonymous": [:]]
    ) -> JSONValue {
        var pathParameters = JSONObject()
        for (name, value) in parameters { pathParameters[name] = .string(value) }
        let fields = headers.sorted { $0.key < $1.key }.map {
            ["name": .string($0.key), "value": .string($0.value)] as JSONValue
        }
        return [
            "method": .string(method), "path": .string(path), "query": .string(query),
            "headers": ["fields": .array(fields)],
            "body": ["text": .string(body)], "pathParameters": .object(pathParameters), "caller": caller,
            "peer": ["host": "127.0.0.1", "port": 40_000], "isSecure": true,
        ]
    }
}
