import MailTypes

/// Why a header field was refused.
public struct HeaderFailure: Error, Sendable, Equatable {
    public enum Reason: Sendable, Equatable {
        /// The name is empty or holds octets no field name has (RFC 5322 §3.6.8).
        case name
        /// The value holds CR, LF, NUL or another control character: it would start a field of its own.
        case controlCharacter
        /// A word is longer than a line may be (998 octets, RFC 5322 §2.1.1) and cannot be folded.
        case tooLong
    }

    public let reason: Reason
    /// The field's name, as given.
    public let field: String

    /// A refusal of a field.
    public init(reason: Reason, field: String) { (self.reason, self.field) = (reason, field) }
}

/// A mailbox with the name a reader sees.
public struct NamedAddress: Sendable, Hashable {
    public var name: String?
    public var address: Address

    /// A mailbox, with a display name or without.
    public init(_ address: Address, name: String? = nil) { (self.name, self.address) = (name, address) }
}

/// Writes a header section for mail we generate: folded at 78 octets, text beyond ASCII in encoded-words, and nothing a
/// caller passes can start a field of its own (reference/faults.md F31).
public struct HeaderBuilder: Sendable {
    /// The fields so far, each ended by CRLF, without the blank line.
    public private(set) var octets: Octets = []

    /// No fields yet.
    public init() {}

    /// Adds a field of free text, such as Subject or Comments.
    public mutating func add(_ name: String, text: String) throws(HeaderFailure) {
        try check(name, text)
        addClean(name, text: text)
    }

    /// Adds a field whose grammar the caller knows, such as Message-ID or Content-Type. Text beyond ASCII goes out as
    /// UTF-8 (RFC 6532).
    public mutating func add(_ name: String, value: String) throws(HeaderFailure) {
        try check(name, value)
        guard fold(name, Octets(text: value)) else { throw HeaderFailure(reason: .tooLong, field: name) }
    }

    /// Adds an address list, such as From or To.
    public mutating func add(_ name: String, addresses: [NamedAddress]) throws(HeaderFailure) {
        var value: Octets = []
        for mailbox in addresses {
            try check(name, mailbox.name ?? "")
            try check(name, mailbox.address.description)
            if !value.isEmpty { value += Octets(text: ", ") }
            value += Self.written(mailbox)
        }
        guard fold(name, value) else { throw HeaderFailure(reason: .tooLong, field: name) }
    }

    /// Adds a field of free text that comes from somewhere; control characters become blanks. For notices that must go
    /// out whatever a peer wrote.
    public mutating func addCleaned(_ name: String, text: String) { addClean(name, text: Self.cleaned(text)) }

    /// Adds a field of a known grammar with parts that come from somewhere; control characters become blanks.
    mutating func addCleaned(_ name: String, value: String) {
        let value = Octets(text: Self.cleaned(value))
        if !fold(name, value) { _ = fold(name, Octets(value.prefix(900))) }
    }

    /// The text with every control character made a blank.
    static func cleaned(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { isControl($0) || $0 == "\t" }) else { return text }
        var result = ""
        result.unicodeScalars.append(
            contentsOf: text.unicodeScalars.lazy.map { isControl($0) || $0 == "\t" ? " " : $0 })
        return result
    }

    private mutating func addClean(_ name: String, text: String) {
        if fold(name, EncodedWord.encode(text)) { return }
        // A word too long for a line: encoded-words can be cut anywhere.
        _ = fold(name, EncodedWord.encode(text, always: true))
    }

    private func check(_ name: String, _ value: String) throws(HeaderFailure) {
        guard !name.isEmpty, name.utf8.count <= 76, name.utf8.allSatisfy({ $0 &- 0x21 < 0x5E && $0 != 0x3A }) else {
            throw HeaderFailure(reason: .name, field: name)
        }
        guard !value.unicodeScalars.contains(where: Self.isControl) else {
            throw HeaderFailure(reason: .controlCharacter, field: name)
        }
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 && scalar != "\t" || (0x7F..<0xA0).contains(scalar.value) || scalar.value == 0x2028
            || scalar.value == 0x2029
    }

    /// A mailbox as RFC 5322 §3.4 writes it.
    private static func written(_ mailbox: NamedAddress) -> Octets {
        guard let name = mailbox.name, !name.isEmpty else { return Octets(text: mailbox.address.description) }
        let phrase: Octets
        if !name.utf8.allSatisfy({ $0 < 0x80 }) || name.contains("=?") {
            phrase = EncodedWord.encode(name, always: true)
        } else if name.utf8.allSatisfy({ $0 == .space || AddressReader.isAtomText($0) }), name.first != " ",
            name.last != " "
        {
            phrase = Octets(text: name)
        } else {
            phrase = [0x22] + name.utf8.flatMap { $0 == 0x22 || $0 == 0x5C ? [0x5C, $0] : [$0] } + [0x22]
        }
        return phrase + Octets(text: " <\(mailbox.address)>")
    }

    /// Writes a field, folding before blanks; false, with nothing written, when a word does not fit into a line.
    private mutating func fold(_ name: String, _ value: Octets) -> Bool {
        let words = value.split(whereSeparator: \.isBlank)
        guard words.allSatisfy({ $0.count <= 900 }) else { return false }
        octets += Octets(text: name)
        octets.append(0x3A)
        var column = name.utf8.count + 1
        var end = value.startIndex
        for (index, word) in words.enumerated() {
            // The blanks before a word as they stand; the first word follows one blank. Very long runs are cut.
            let blanks = index == 0 ? [.space] : Octets(value[end..<word.startIndex].prefix(70))
            if index > 0, column + blanks.count + word.count > 78 {
                octets += [.cr, .lf]
                column = 0
            }
            octets += blanks
            octets += word
            column += blanks.count + word.count
            end = word.endIndex
        }
        octets += [.cr, .lf]
        return true
    }
}
