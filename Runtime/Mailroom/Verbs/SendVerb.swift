import CCurl
import Cryptography
import FunctionRuntime
import MailTypes
import MessageFormat

extension Verb {
    static let send = Verb(
        "send", "", "submits a message over real SMTP to a running system",
        options: [
            .value("to", "ADDRESS", "a recipient", repeatable: true),
            .value("from", "ADDRESS", "the sender (default: the first demo user)"),
            .value("subject", "TEXT", "the subject"), .value("body", "TEXT", "the text"),
            .value("file", "FILE", "a whole message instead (- for standard input)"),
            .value("attach", "FILE", "a file to attach", repeatable: true),
            .value("server", "HOST:PORT", "another server than the running system's mx"), .data, .json,
        ],
        example: "mailroom send --to alice@demo.mailroom.test --subject Hello --body \"It works\" --attach plan.pdf"
    ) { arguments in
        let recipients = arguments.all("to")
        guard !recipients.isEmpty else { throw Refusal.usage("--to is missing", hint: "--to alice@demo.mailroom.test") }
        for recipient in recipients where Address(recipient) == nil {
            throw Refusal.usage("\(recipient) is no address", hint: "name@domain")
        }
        let card = arguments["server"] == nil ? try Card.read(in: arguments["data"] ?? ".mailroom") : nil
        let from = arguments["from"] ?? card?.users?.first?.email ?? "postmaster@localhost"
        guard Address(from) != nil else { throw Refusal.usage("\(from) is no address", hint: "--from name@domain") }
        let message = try OutgoingMessage.content(arguments, from: from, to: recipients)
        let server = arguments["server"] ?? card?.smtp ?? card?.endpoints["mx"] ?? ""
        let transfer = try CurlTransfer(
            url: "smtp://\(server)/\(from.split(separator: "@").last ?? "localhost")", timeoutSeconds: 300)
        transfer.set(CURLOPT_MAIL_FROM, "<\(from)>")
        transfer.set(CURLOPT_MAIL_RCPT, list: recipients.map { "<\($0)>" })
        transfer.setUpload(message)
        let result = try transfer.perform()
        let last = result.headers.last {
            $0.hasPrefix("2") && !$0.hasPrefix("221") || $0.hasPrefix("4") || $0.hasPrefix("5")
        }
        let reply = String((last ?? "").split(whereSeparator: \.isNewline).first ?? "")
        guard reply.hasPrefix("250") else {
            throw Refusal.failed("the server said: \(reply)", next: "see: mailroom logs")
        }
        let queueID = reply.split(separator: " ").last.map(String.init) ?? ""
        if arguments.has("json") {
            Output.print((["reply": .string(reply), "queueId": .string(queueID)] as JSONValue).text)
        } else {
            Output.print("\(reply)\nwatch it: mailroom trace \(queueID)")
        }
        return 0
    }
}
