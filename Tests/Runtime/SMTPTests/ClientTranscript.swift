import FoundationEssentials
import FunctionRuntime
import MailTypes
import Testing

@testable import SMTP

/// A recorded dialogue of the client: a file in Tests/Wire/SMTP/Client. Its first line says why it exists.
///
/// `! name=value` tells the message and the hop: `from`, `to` (with commas), `body`, `utf8`, `envid`, `ret`, `notify`, `orcpt`,
/// `verified`, `user`, `password`, `port`, `plain` (STARTTLS failed before), `tlsfails`, `unreadable`, `size`. `>` is a content
/// line. `S:` is a server line, `C:` ours, in the spelling of `Transcript`; server lines next to each other come in one
/// segment, `-- pause` parts them. `R:` tells what became of a recipient.
struct ClientTranscript: Sendable, CustomTestStringConvertible {
    let name: String
    let heading: [String]
    let options: [String: String]
    let content: Octets
    let segments: [Octets]
    /// The lines below the heading.
    let dialogue: [String]

    var testDescription: String { name }

    static let folder = Transcript.folder + "/Client"

    static let all: [ClientTranscript] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(".txt") }.sorted().map(ClientTranscript.init(file:))
    }()

    init(file name: String) {
        self.name = name
        let data = FileManager.default.contents(atPath: "\(Self.folder)/\(name)") ?? Data()
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
        heading = lines.filter { "#!>".contains($0.first ?? " ") }
        var options: [String: String] = [:]
        for line in heading where line.hasPrefix("! ") {
            for word in line.dropFirst(2).split(separator: " ") {
                let parts = word.split(separator: "=", maxSplits: 1)
                options[String(parts[0])] = parts.count > 1 ? String(parts[1]) : ""
            }
        }
        self.options = options
        content = heading.filter { $0.hasPrefix(">") }.flatMap { Transcript.octets(of: $0.dropFirst(2)) }
        dialogue = lines.filter { !"#!>".contains($0.first ?? " ") }
        var segments: [Octets] = []
        var isOpen = false
        for line in dialogue {
            guard line.hasPrefix("S:") else {
                isOpen = false
                continue
            }
            let octets = Transcript.octets(of: line.dropFirst(3))
            if isOpen { segments[segments.count - 1] += octets } else { segments.append(octets) }
            isOpen = true
        }
        self.segments = segments
    }

    var envelope: Envelope {
        var envelope = Envelope(
            reversePath: ReversePath(Address(options["from"] ?? "")),
            recipients: (options["to"] ?? "ann@example.org").split(separator: ",").compactMap { Address($0) }.map {
                EnvelopeRecipient(ForwardPath($0))
            })
        if let body = options["body"].flatMap(Envelope.Body.init(rawValue:)) { envelope.body = body }
        envelope.smtpUTF8 = options["utf8"] != nil
        envelope.envelopeID = options["envid"]
        if let ret = options["ret"] { envelope.returnHeadersOnly = ret == "HDRS" }
        for index in envelope.recipients.indices {
            switch options["notify"] {
            case "NEVER": envelope.recipients[index].notify = []
            case "FAILURE,DELAY": envelope.recipients[index].notify = [.failure, .delay]
            default: break
            }
            envelope.recipients[index].originalRecipient = options["orcpt"]
        }
        return envelope
    }

    var mail: OutgoingMail {
        let (content, isUnreadable) = (content, options["unreadable"] != nil)
        return OutgoingMail(
            id: Identifier128(high: 0, low: 1), envelope: envelope,
            size: options["size"].flatMap { Int($0) } ?? content.count, hostname: "out.example.net"
        ) { range in
            if isUnreadable, range.lowerBound > 0 { throw StoreFailure.down("as the test wants") }
            return Octets(content[range.clamped(to: 0..<content.count)])
        }
    }

    var hop: NextHop {
        NextHop(
            name: "mx.example.org",
            address: NetworkAddress(host: "192.0.2.7", port: options["port"].flatMap { UInt16($0) } ?? 25),
            security: options["verified"] == nil ? .opportunistic : .verified,
            login: options["user"].map { NextHop.Login(user: $0, password: Secret(options["password"] ?? "")) })
    }

    /// Plays the server and returns the dialogue as it went.
    func play() async -> [String] { await play(segments).lines }

    /// Plays a server that sends these segments.
    func play(_ segments: [Octets]) async -> (lines: [String], said: Octets, end: [String]) {
        let connection = ScriptedConnection(segments, isSecure: options["port"] == "465")
        let fails = options["tlsfails"] != nil
        let dialed = DialedConnection(connection) { () async throws(ConnectionFailure) in
            if fails { throw .tls("The TLS handshake failed: no shared cipher.") }
            try await connection.startTLS()
        }
        var limits = ClientLimits()
        if let text = options["piece"], let octets = Int(text) { limits.pieceOctets = octets }
        if let text = options["group"], let commands = Int(text) { limits.pipelinedCommands = commands }
        var session = ClientSession(
            over: dialed, for: mail, to: hop, allowsTLS: options["plain"] == nil, limits: limits, time: ManualTime(),
            log: .silent)
        let end = await session.run()
        var said: [String] = []
        var lines: [String] = []
        var open: Octets = []
        func finishSaying() {
            if !open.isEmpty { lines += Transcript.clientLines(open) }
            open = []
        }
        for event in connection.events {
            if case .said(let octets) = event {
                open += octets
                continue
            }
            finishSaying()
            switch event {
            case .heard(let octets):
                if lines.last?.hasPrefix("S:") == true { lines.append("-- pause") }
                lines += Transcript.clientLines(octets).map { "S" + $0.dropFirst() }
            default: lines.append("-- TLS")
            }
        }
        finishSaying()
        said = fates(end)
        return (lines + said, connection.written, said)
    }

    /// What became of the message, in lines.
    private func fates(_ end: ClientDialogue.End) -> [String] {
        func text(_ reply: Reply) -> String { reply.wire.text.split(separator: "\r\n").joined(separator: " / ") }
        switch end.report {
        case .answered(let replies):
            return zip(envelope.recipients, replies).map { "R: \($0.forwardPath) \(text($1))" }
                + (replies.count == envelope.recipients.count ? [] : ["-- not everybody is answered"])
        case .unavailable(let reply, let reason):
            return ["-- unavailable: \(reason)" + (reply.map { " (\(text($0)))" } ?? "")]
                + (end.mayRetryInPlainText ? ["-- may retry in plain text"] : [])
        }
    }

    /// Writes the dialogue back into the file.
    func record(_ lines: [String]) {
        let text = (heading + lines).joined(separator: "\n") + "\n"
        _ = FileManager.default.createFile(atPath: "\(Self.folder)/\(name)", contents: Data(text.utf8))
    }
}
