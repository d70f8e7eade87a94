import AWSWire
import FunctionRuntime
import MailTypes
import MessageFormat

// Version 1: the Query protocol.
extension EmailSending {
    private static let address = Shape.text(1...1000)
    private static let addresses = Shape.list(0...recipientsMax, of: address)
    private static let content = Shape.structure(
        .required("Data", .text(0...contentMax)), .optional("Charset", .text(1...64)))

    static let table = OperationTable<EmailSending>(
        prefix: "SimpleEmailService.", queryNamespace: "http://ses.amazonaws.com/doc/2010-12-01/",
        limitOctets: requestMax,
        [
            Operation(
                calling: "SendEmail",
                [
                    .required("Source", address),
                    .required(
                        "Destination",
                        .structure(
                            .optional("ToAddresses", addresses), .optional("CcAddresses", addresses),
                            .optional("BccAddresses", addresses))),
                    .required(
                        "Message",
                        .structure(
                            .required("Subject", content),
                            .required("Body", .structure(.optional("Text", content), .optional("Html", content))))),
                    .optional("ReplyToAddresses", addresses), .optional("ReturnPath", address),
                ]
            ) { services, call, context in
                let input = call.input
                let (destination, message) = (input.structure("Destination"), input.structure("Message"))
                let body = message.structure("Body")
                let composition = Composition(
                    source: input.required("Source"), to: destination.texts("ToAddresses"),
                    cc: destination.texts("CcAddresses"), bcc: destination.texts("BccAddresses"),
                    replyTo: input.texts("ReplyToAddresses"), returnPath: input.text("ReturnPath"),
                    subject: message.structure("Subject").required("Data"),
                    text: body["Text"].map { _ in body.structure("Text").required("Data") },
                    html: body["Html"].map { _ in body.structure("Html").required("Data") })
                return try await services.send(composition, "ses:SendEmail", call.asker, context)
            },
            Operation(
                calling: "SendRawEmail",
                [
                    .required("RawMessage", .structure(.required("Data", .text(1...requestMax)))),
                    .optional("Source", address), .optional("Destinations", addresses),
                ]
            ) { services, call, context in
                try await services.sendRaw(
                    call.input.structure("RawMessage").required("Data"), source: call.input.text("Source"),
                    destinations: call.input.texts("Destinations"), "ses:SendRawEmail", call.asker, context)
            },
            Operation(calling: "GetSendQuota", []) { services, call, _ in
                try await services.permissions.require(call.asker, "ses:GetSendQuota", on: "*")
                // -1 is SES's word for no limit.
                return ["Max24HourSend": -1, "MaxSendRate": -1, "SentLast24Hours": 0]
            },
            Operation(calling: "VerifyEmailIdentity", [.required("EmailAddress", address)]) { services, call, _ in
                let wanted = try mailbox(call.input.required("EmailAddress"), "EmailAddress").address
                try await services.permissions.require(call.asker, "ses:VerifyEmailIdentity", on: "*")
                do {
                    _ = try await services.organization(of: wanted)
                } catch is ServiceFailure {
                    throw ServiceFailure.invalid(
                        "\(wanted.domain) is no verified domain of an organization here; register it with RegisterMailDomain"
                    )
                }
                return JSONObject()
            },
        ]
    ) { name in
        switch name {
        case "SendBounce": "SendBounce is not offered: answer BOUNCE from the flow rule's function instead"
        case "SendTemplatedEmail", "SendBulkTemplatedEmail": "\(name) is not offered: there are no templates here"
        default: "\(name.isEmpty ? "the request" : name) is not offered"
        }
    }

    private func send(_ composition: Composition, _ action: String, _ asker: Asker, _ context: Context)
        async throws -> JSONObject
    {
        let message = try composition.message(hostname: hostname, context)
        try await authorize(asker, action, as: message.from)
        _ = try await organization(of: message.reversePath)
        return ["MessageId": .string(try await dispatch(message, for: asker.caller, in: context))]
    }

    private func sendRaw(
        _ data: String, source: String?, destinations: [String], _ action: String, _ asker: Asker, _ context: Context
    ) async throws -> JSONObject {
        guard let octets = Base64.decode(Octets(text: data)) else {
            throw ServiceFailure(.serialization, "the raw message is not base64")
        }
        let message = try RawMessage.message(
            octets, source: source, destinations: destinations, hostname: hostname, context)
        try await authorize(asker, action, as: message.from)
        // Who gets bounces must be one of ours too, or we would send our bounces to strangers.
        _ = try await organization(of: message.reversePath)
        return ["MessageId": .string(try await dispatch(message, for: asker.caller, in: context))]
    }
}

// Version 2: REST-JSON.
extension EmailSending {
    /// One request under `/v2/email`.
    func version2(_ request: HTTPRequest, _ context: Context) async throws -> JSONObject {
        switch (request.method, request.path) {
        case ("POST", "/v2/email/outbound-emails"): break
        case ("GET", "/v2/email/account"):
            try await permissions.require(request.asker, "ses:GetAccount", on: "*")
            return [
                "SendingEnabled": true, "ProductionAccessEnabled": true, "EnforcementStatus": "HEALTHY",
                "SendQuota": ["Max24HourSend": -1, "MaxSendRate": -1, "SentLast24Hours": 0],
            ]
        default:
            throw ServiceFailure(.unknownOperation, "of SES version 2, SendEmail and GetAccount are offered")
        }
        let octets: Octets
        do {
            octets = try await request.body.collect(upTo: Self.requestMax)
        } catch is HTTPBodyTooLarge {
            throw ServiceFailure(.requestTooLarge, "the request is larger than \(Self.requestMax) octets")
        }
        guard let json = try? JSONValue(parsing: octets, limitOctets: Self.requestMax), let object = json.object else {
            throw ServiceFailure(.serialization, "the request is not a JSON object")
        }
        let input = Input(object)
        do throws(Shape.Problem) {
            for member in Self.version2Members { try member.check(object) }
        } catch {
            throw ServiceFailure(ServiceFailure.Code("BadRequestException"), error.sentence)
        }
        do {
            return try await send2(input, request.asker, context)
        } catch let failure as ServiceFailure where failure.code == .invalidParameter {
            throw ServiceFailure(ServiceFailure.Code("BadRequestException"), failure.message)
        }
    }

    private func send2(_ input: Input, _ asker: Asker, _ context: Context) async throws -> JSONObject {
        let (content, destination) = (input.structure("Content"), input.structure("Destination"))
        let lists = ["ToAddresses", "CcAddresses", "BccAddresses"].map { destination.texts($0) }
        if content["Raw"] != nil {
            return try await sendRaw(
                content.structure("Raw").required("Data"), source: input.text("FromEmailAddress"),
                destinations: lists.flatMap { $0 }, "ses:SendEmail", asker, context)
        }
        guard content["Simple"] != nil else {
            throw ServiceFailure.invalid("Content needs Simple or Raw: there are no templates here")
        }
        guard let source = input.text("FromEmailAddress") else {
            throw ServiceFailure.invalid("FromEmailAddress is required")
        }
        let simple = content.structure("Simple")
        let body = simple.structure("Body")
        guard simple.structures("Attachments").isEmpty else {
            throw ServiceFailure.invalid("Attachments are not offered in Simple: send the message as Raw")
        }
        return try await send(
            Composition(
                source: source, to: lists[0], cc: lists[1], bcc: lists[2], replyTo: input.texts("ReplyToAddresses"),
                returnPath: input.text("FeedbackForwardingEmailAddress"),
                subject: simple.structure("Subject").required("Data"),
                text: body["Text"].map { _ in body.structure("Text").required("Data") },
                html: body["Html"].map { _ in body.structure("Html").required("Data") },
                headers: simple.structures("Headers").map { ($0.required("Name"), $0.required("Value")) }),
            "ses:SendEmail", asker, context)
    }

    private static let version2Members: [Member] = [
        .optional("FromEmailAddress", address), .optional("ReplyToAddresses", addresses),
        .optional("FeedbackForwardingEmailAddress", address),
        .optional(
            "Destination",
            .structure(
                .optional("ToAddresses", addresses), .optional("CcAddresses", addresses),
                .optional("BccAddresses", addresses))),
        .required(
            "Content",
            .structure(
                .optional("Raw", .structure(.required("Data", .text(1...requestMax)))),
                .optional(
                    "Simple",
                    .structure(
                        .required("Subject", content),
                        .required("Body", .structure(.optional("Text", content), .optional("Html", content))),
                        .optional(
                            "Headers",
                            .list(
                                0...15,
                                of: .structure(
                                    .required("Name", .text(1...126)), .required("Value", .text(1...995))))))))),
    ]
}
