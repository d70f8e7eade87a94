import FunctionRuntime
import MailTypes

/// What flow rules and availability give to users' functions (reference/functions.md §5.1, §5.2).
extension SampleEvent {
    static let workMail: [SampleEvent] = [
        rule("workmail-inbound", "a Run Lambda rule: mail from outside") { card in flow(to: [user(card)]) },
        rule("workmail-outbound", "a Run Lambda rule: mail of a user") { card in
            flow(from: user(card), to: ["recipient@outside.example"], direction: "OUTBOUND")
        },
        rule("workmail-on-behalf", "the same, sent on behalf of somebody") { card in
            flow(
                from: user(card), to: ["recipient@outside.example"], sender: "assistant@demo.mailroom.test",
                direction: "OUTBOUND")
        },
        rule("workmail-no-subject", "mail without a subject") { card in flow(to: [user(card)], subject: nil) },
        rule("workmail-truncated", "mail with more recipients than an event has room for") { card in
            flow(to: [user(card)] + (1...99).map { "recipient\($0)@demo.mailroom.test" }, isTruncated: true)
        },
        rule("workmail-bounce", "a bounce: its sender is empty") { card in
            flow(from: "", to: [user(card)], subject: "Delivery Status Notification (Failure)")
        },
        rule("availability", "free and busy times, asked of a custom availability provider") { card in
            [
                "requester": [
                    "email": "colleague@demo.mailroom.test", "userName": "colleague",
                    "organization": .string(card?.organization?.id ?? "m-00000000000000000000000000000000"),
                    "userId": "S-1-5-18", "origin": "127.0.0.1",
                ],
                "mailboxes": [.string(user(card))],
                "window": ["startDate": "2026-11-20T08:00:00.000Z", "endDate": "2026-11-20T18:00:00.000Z"],
            ]
        },
    ]

    private static func rule(
        _ type: String, _ summary: String, _ value: @escaping @Sendable (Card?) -> JSONValue
    ) -> SampleEvent {
        SampleEvent(type: type, function: anyFunction, summary: summary, value: value)
    }

    private static func flow(
        from: String = "sender@outside.example", to: [String], sender: String? = nil, subject: String? = "Hello",
        direction: String = "INBOUND", isTruncated: Bool = false
    ) -> JSONValue {
        func address(_ text: String) -> JSONValue { ["address": .string(text)] }
        return [
            "summaryVersion": "2019-07-28",
            "envelope": ["mailFrom": address(from), "recipients": .array(to.map(address))],
            "truncated": .bool(isTruncated), "sender": sender.map(address) ?? .null,
            "subject": subject.map { .string($0) } ?? .null, "messageId": "00000000-0000-7000-8000-000000000000",
            "invocationId": "0000000000000000000000000000000000000000", "flowDirection": .string(direction),
        ]
    }
}
