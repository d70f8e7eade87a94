import MailTypes

/// What a server said that it can do: `ehlo-line = ehlo-keyword *( SP ehlo-param )` (RFC 5321 §4.1.1.1). A server that only
/// knows HELO can do nothing of it.
struct ServerExtensions: Sendable, Hashable {
    /// RFC 2920.
    var pipelining = false
    /// RFC 6152.
    var eightBitMIME = false
    /// RFC 6531.
    var smtpUTF8 = false
    /// RFC 3461.
    var dsn = false
    /// RFC 3030.
    var chunking = false
    /// RFC 3030; of use only with CHUNKING.
    var binaryMIME = false
    /// RFC 3207.
    var startTLS = false
    /// RFC 1870: MAIL may say how large the content is.
    var knowsSize = false
    /// Largest content in octets; nil without SIZE, without a number and for 0, which says that none is fixed.
    var size: Int?
    /// RFC 4954: AUTH PLAIN, AUTH LOGIN.
    var authPlain = false
    var authLogin = false

    /// A server of which nothing is known.
    init() {}

    /// What the lines of a reply to EHLO say, the first of which names the server. Keywords that are not known are skipped.
    init(lines: [String]) {
        for line in lines.dropFirst() {
            var words = line.utf8.split(separator: .space).map {
                String(decoding: $0.map(\.asciiUppercased), as: UTF8.self)
            }
            guard !words.isEmpty else { continue }
            let keyword = words.removeFirst()
            switch keyword {
            case "PIPELINING": pipelining = true
            case "8BITMIME": eightBitMIME = true
            case "SMTPUTF8": smtpUTF8 = true
            case "DSN": dsn = true
            case "CHUNKING": chunking = true
            case "BINARYMIME": binaryMIME = true
            case "STARTTLS": startTLS = true
            case "SIZE":
                knowsSize = true
                size = words.first.flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
            case "AUTH": addMechanisms(words)
            // Servers from before RFC 4954 wrote the first mechanism behind an equals sign.
            case _ where keyword.hasPrefix("AUTH="): addMechanisms([String(keyword.dropFirst(5))] + words)
            default: continue
            }
        }
    }

    private mutating func addMechanisms(_ names: [String]) {
        if names.contains("PLAIN") { authPlain = true }
        if names.contains("LOGIN") { authLogin = true }
    }
}
