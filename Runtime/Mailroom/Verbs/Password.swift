import Cryptography
import MailTypes

/// A password for a command: read from a file, so that it never stands in a process list, or made up.
struct Password: Sendable {
    let text: Secret<String>
    /// True when it was made up here and has to be shown once.
    let isNew: Bool

    /// The first line of the file, or a new password when none is named.
    static func read(_ path: String?) throws(Refusal) -> Password {
        guard let path else { return Password(text: Secret(invented()), isNew: true) }
        let line = try File.read(path).prefix { $0 != .lf && $0 != .cr }
        return Password(text: Secret(Octets(line).text), isNew: false)
    }

    /// Twenty characters of four kinds: about 117 bits.
    static func invented() -> String {
        let alphabet = Array("abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789".unicodeScalars)
        let random = SystemRandom()
        var text = ""
        for _ in 0..<17 { text.unicodeScalars.append(alphabet[Int(random.next() % UInt64(alphabet.count))]) }
        return text + "-a7Q".prefix(3)
    }
}
