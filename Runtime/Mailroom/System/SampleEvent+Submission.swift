import FunctionRuntime
import MailTypes

extension SampleEvent {
    /// Events of the handlers that answer where users send. They take a user's id: `--set session.user=ID`, as
    /// `mailroom user list --json` shows it.
    static let submission: [SampleEvent] = [
        SampleEvent(type: "submission-recipient", function: "SubmissionRecipient", summary: "a user's RCPT") { card in
            [
                "session": session, "reversePath": .string(user(card)), "recipient": "recipient@outside.example",
            ]
        },
        SampleEvent(
            type: "submission-header", function: "SubmissionHeader", summary: "the header section of a user's message"
        ) { card in
            [
                "session": session, "envelope": envelope(card),
                "header": ["text": .string("From: <\(user(card))>\nSubject: Hello\n\n")],
            ]
        },
        SampleEvent(type: "submission-message", function: "Submission", summary: "a user's message") { card in
            [
                "session": session, "envelope": envelope(card),
                "content": ["text": .string("From: <\(user(card))>\nSubject: Hello\n\nA sample message.\n")],
            ]
        },
        SampleEvent(
            type: "decided-message", function: "Relay", summary: "a user's message with a decision for each recipient"
        ) { card in
            [
                "message": [
                    "id": "00000000-0000-7000-8000-000000000000", "queue": "outbound",
                    "organization": .string(card?.organization?.id ?? "m-00000000000000000000000000000000"),
                    "direction": "OUTBOUND", "envelope": envelope(card), "messageID": "sample@laptop.example",
                    "isNotice": false, "acceptedAt": .integer(SystemClock.now().milliseconds), "size": 200,
                    "fates": [nil], "stepsDone": [], "attempts": 0, "isDead": false,
                ],
                "decisions": [["recipient": 0, "action": ["deliver": [:]]]],
            ]
        },
    ]

    private static let session: JSONValue = [
        "endpoint": "submission", "peer": ["host": "192.0.2.25", "port": 40_000], "helo": "laptop.example",
        "isExtended": true, "tls": ["version": "TLSv1.3", "cipher": "TLS_AES_256_GCM_SHA384"],
        "user": "00000000-0000-4000-8000-000000000000", "hostname": "mx.mailroom.test",
    ]

    private static func envelope(_ card: Card?) -> JSONValue {
        [
            "reversePath": .string(user(card)), "recipients": [["forwardPath": "recipient@outside.example"]],
            "body": "8BITMIME",
        ]
    }
}
