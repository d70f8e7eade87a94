import FoundationEssentials
import FunctionRuntime
import MailTypes
import Synchronization
import Testing

@testable import SMTP

/// A recorded dialogue: a file in Tests/Wire/SMTP. Its first line says why it exists.
///
/// `! name=value` sets a limit or `plain`, `secure`, `busy`, `breaks=octets`, `users` (where users send); `C:` is a client line (ended by CRLF unless it ends in
/// `\c`), `S:` ours; `--` tells what else happened; `M:` is a message taken. Client lines next to each other come in
/// one segment. `\r \n \0 \xNN \\` stand for octets; `(n*text)` at a line's start repeats the text.
struct Transcript: Sendable, CustomTestStringConvertible {
    let name: String
    let heading: [String]
    let options: [String: String]
    let segments: [Octets]
    /// The lines below the heading.
    let dialogue: [String]

    var testDescription: String { name }
    var usesTLS: Bool { segments.contains { String(decoding: $0, as: UTF8.self).uppercased().contains("STARTTLS") } }

    static let folder = String(#filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined()) + "/Wire/SMTP"

    static let all: [Transcript] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(".txt") }.sorted().map(Transcript.init(file:))
    }()

    init(file name: String) {
        self.name = name
        let data = FileManager.default.contents(atPath: "\(Self.folder)/\(name)") ?? Data()
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
        heading = lines.filter { $0.hasPrefix("#") || $0.hasPrefix("!") }
        var options: [String: String] = [:]
        for line in heading where line.hasPrefix("! ") {
            for word in line.dropFirst(2).split(separator: " ") {
                let parts = word.split(separator: "=", maxSplits: 1)
                options[String(parts[0])] = parts.count > 1 ? String(parts[1]) : ""
            }
        }
        self.options = options
        dialogue = lines.filter { !$0.hasPrefix("#") && !$0.hasPrefix("!") }
        var segments: [Octets] = []
        var isOpen = false
        for line in dialogue {
            guard line.hasPrefix("C:") else {
                isOpen = false
                continue
            }
            let octets = Self.octets(of: line.dropFirst(3))
            if isOpen { segments[segments.count - 1] += octets } else { segments.append(octets) }
            isOpen = true
        }
        self.segments = segments
    }

    var settings: SMTPSettings {
        var limits = SMTPLimits()
        func set(_ name: String, _ field: WritableKeyPath<SMTPLimits, Int>) {
            if let text = options[name], let value = Int(text) { limits[keyPath: field] = value }
        }
        set("commandLine", \.commandLineOctets)
        set("textLine", \.textLineOctets)
        set("content", \.contentOctets)
        set("header", \.headerOctets)
        set("headerLines", \.headerLines)
        set("recipients", \.recipients)
        set("transactions", \.transactions)
        set("errors", \.errors)
        set("unknown", \.unknownCommands)
        set("idle", \.idleCommands)
        set("refused", \.refusedRecipients)
        set("authLine", \.authLineOctets)
        set("logins", \.loginFailures)
        return SMTPSettings(
            hostname: "mx.example.org", endpoint: options["users"] == nil ? "mx" : "submission",
            isForUsers: options["users"] != nil, offersStartTLS: options["plain"] == nil,
            offersDSN: options["nodsn"] == nil,
            limits: limits)
    }

    var intake: FakeIntake {
        FakeIntake(
            refusal: options["busy"] == nil ? nil : Reply(421, "4.7.0", "too many connections from your network"),
            breaksAfter: options["breaks"].flatMap { Int($0) })
    }

    /// Plays the client and returns the dialogue as it went.
    func play() async -> [String] {
        let connection = ScriptedConnection(segments, isSecure: options["secure"] != nil)
        let intake = intake
        var session = Session(
            over: connection, settings: settings, intake: intake, time: ManualTime(), log: .silent)
        let end = await session.run()
        var lines: [String] = []
        for event in connection.events {
            switch event {
            case .heard(let octets):
                if lines.last?.hasPrefix("C:") == true { lines.append("-- pause") }
                lines += Self.clientLines(octets)
            case .said(let octets):
                lines += String(decoding: octets, as: UTF8.self).split(separator: "\r\n").map { "S: \($0)" }
            case .handshake: lines.append("-- TLS")
            }
        }
        lines.append("-- end: \(end.rawValue)")
        for message in intake.messages.withLock({ $0 }) { lines += Self.lines(of: message) }
        return lines
    }

    /// Writes the dialogue back into the file.
    func record(_ lines: [String]) {
        let text = (heading + lines).joined(separator: "\n") + "\n"
        _ = FileManager.default.createFile(atPath: "\(Self.folder)/\(name)", contents: Data(text.utf8))
    }

    private static func lines(of message: FakeIntake.Message) -> [String] {
        var facts = "M: from \(message.envelope.reversePath) body=\(message.envelope.body.rawValue)"
        if message.envelope.smtpUTF8 { facts += " SMTPUTF8" }
        if let id = message.envelope.envelopeID { facts += " envid=\(id)" }
        if let headers = message.envelope.returnHeadersOnly { facts += headers ? " ret=HDRS" : " ret=FULL" }
        facts += message.session.isExtended ? " ESMTP" : " SMTP"
        if message.session.tls != nil { facts += " TLS" }
        facts += " helo=\(message.session.helo)"
        if message.session.user != nil { facts += " user" }
        let recipients = message.envelope.recipients.map { recipient in
            var line = "M: to \(recipient.forwardPath)"
            if let notify = recipient.notify { line += " notify=\(notify.rawValue)" }
            if let original = recipient.originalRecipient { line += " orcpt=\(original)" }
            return line
        }
        let shown = message.content.count <= 400 ? escaped(message.content) : "\(message.content.count) octets"
        return [facts] + recipients + ["M: \(shown)"]
    }
}
