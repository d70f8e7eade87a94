import FunctionRuntime
import MailTypes

/// What buckets, clocks, queues, topics and receipt rules give to users' functions (reference/functions.md §5.3).
extension SampleEvent {
    static let services: [SampleEvent] = [
        service("s3-put", "an object was put into a bucket") { _ in object("ObjectCreated:Put", size: 11) },
        service("s3-delete", "an object was deleted") { _ in object("ObjectRemoved:Delete", size: nil) },
        service("schedule", "a rule of a schedule has fired") { card in
            [
                "version": "0", "id": "00000000-0000-0000-0000-000000000000", "detail-type": "Scheduled Event",
                "source": "aws.events", "account": .string(account(card)), "time": "2026-11-20T10:00:00Z",
                "region": .string(region(card)),
                "resources": [.string("arn:aws:events:\(region(card)):\(account(card)):rule/every-hour")],
                "detail": [:],
            ]
        },
        service("sqs", "messages of a queue") { card in
            records([
                "messageId": "00000000-0000-0000-0000-000000000000", "receiptHandle": "handle",
                "body": "{\"hello\":\"world\"}",
                "attributes": [
                    "ApproximateReceiveCount": "1", "SentTimestamp": "1795168800000",
                    "SenderId": .string(account(card)), "ApproximateFirstReceiveTimestamp": "1795168800001",
                ],
                "messageAttributes": [:], "md5OfBody": "fbc24bcc7a1794758fc1327fcfebdaf6", "eventSource": "aws:sqs",
                "eventSourceARN": .string("arn:aws:sqs:\(region(card)):\(account(card)):my-queue"),
                "awsRegion": .string(region(card)),
            ])
        },
        service("sns", "a message of a topic") { card in
            let topic = "arn:aws:sns:\(region(card)):\(account(card)):my-topic"
            return records([
                "EventSource": "aws:sns", "EventVersion": "1.0",
                "EventSubscriptionArn": .string(topic + ":00000000-0000-0000-0000-000000000000"),
                "Sns": [
                    "Type": "Notification", "MessageId": "00000000-0000-0000-0000-000000000000",
                    "TopicArn": .string(topic), "Subject": nil, "Message": "hello",
                    "Timestamp": "2026-11-20T10:00:00.000Z", "SignatureVersion": "1", "Signature": "",
                    "SigningCertUrl": "", "UnsubscribeUrl": "", "MessageAttributes": [:],
                ],
            ])
        },
        service("ses-receipt", "a receipt rule's Lambda action") { card in
            records(["eventSource": "aws:ses", "eventVersion": "1.0", "ses": receipt(card)])
        },
    ]

    private static func service(
        _ type: String, _ summary: String, _ value: @escaping @Sendable (Card?) -> JSONValue
    ) -> SampleEvent {
        SampleEvent(type: type, function: anyFunction, summary: summary, value: value)
    }

    static func account(_ card: Card?) -> String { card?.account ?? "000000000000" }
    static func region(_ card: Card?) -> String { card?.region ?? "us-east-1" }

    private static func records(_ record: JSONValue) -> JSONValue { ["Records": [record]] }

    private static func object(_ name: String, size: Int64?) -> JSONValue {
        var object = JSONObject()
        object["key"] = "a%2Fone+two.eml"
        if let size {
            object["size"] = .integer(size)
            object["eTag"] = "5eb63bbbe01eeed093cb22bb8f5acdc3"
        }
        object["versionId"] = "v"
        object["sequencer"] = "0055AED6DCD90281E5"
        return records([
            "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "us-east-1",
            "eventTime": "2026-11-20T10:00:00.000Z", "eventName": .string(name),
            "userIdentity": ["principalId": "AWS:X"], "requestParameters": ["sourceIPAddress": "127.0.0.1"],
            "responseElements": ["x-amz-request-id": "R", "x-amz-id-2": "I"],
            "s3": [
                "s3SchemaVersion": "1.0", "configurationId": "c",
                "bucket": [
                    "name": "my-bucket", "ownerIdentity": ["principalId": "X"], "arn": "arn:aws:s3:::my-bucket",
                ],
                "object": .object(object),
            ],
        ])
    }

    private static func receipt(_ card: Card?) -> JSONValue {
        let pass: JSONValue = ["status": "PASS"]
        let to = JSONValue.string(user(card))
        return [
            "mail": [
                "timestamp": "2026-11-20T10:00:00.000Z", "source": "sender@outside.example",
                "messageId": "o3vrnil0e2ic28tr", "destination": [to], "headersTruncated": false,
                "headers": [
                    ["name": "From", "value": "sender@outside.example"], ["name": "To", "value": to],
                    ["name": "Subject", "value": "Hello"],
                ],
                "commonHeaders": [
                    "returnPath": "sender@outside.example", "from": ["sender@outside.example"],
                    "date": "Fri, 20 Nov 2026 10:00:00 +0000", "to": [to], "messageId": "<sample@outside.example>",
                    "subject": "Hello",
                ],
            ],
            "receipt": [
                "timestamp": "2026-11-20T10:00:00.000Z", "processingTimeMillis": 12, "recipients": [to],
                "spamVerdict": pass, "virusVerdict": pass, "spfVerdict": pass, "dkimVerdict": pass,
                "dmarcVerdict": pass, "dmarcPolicy": "reject",
                "action": [
                    "type": "Lambda",
                    "functionArn": .string("arn:aws:lambda:\(region(card)):\(account(card)):function:my-function"),
                    "invocationType": "Event",
                ],
            ],
        ]
    }
}
