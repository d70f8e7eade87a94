import MailTypes

extension BodyPart {
    /// True for message/rfc822 and message/global.
    public var isMessage: Bool { type == "message" && (subtype == "rfc822" || subtype == "global") }

    /// True for multipart.
    public var isMultipart: Bool { type == "multipart" }

    /// A Content-Type parameter by its name in lower case, its RFC 2231 pieces joined and decoded to UTF-8.
    public func parameter(_ name: String) -> Octets? { parameters.value(of: name) }

    /// The charset in lower case; `us-ascii` when none is given.
    public var charset: String { parameter("charset").map { $0.text.asciiLowercased } ?? "us-ascii" }

    /// The name of the file a sender says this part is: Content-Disposition's, else Content-Type's. Raw: it may hold
    /// encoded-words, path separators and controls; it is never a path (reference/faults.md F36).
    public var fileName: Octets? {
        disposition?.parameters.value(of: "filename") ?? parameter("name")
    }

    /// The part that an IMAP section such as `1.2` names (RFC 9051 §6.4.5.1), nil when there is none. An empty path is
    /// the part itself.
    ///
    /// A multipart's parts are numbered from 1; every other part has one part, itself, under 1; a message/rfc822 part
    /// passes numbers on to the message inside.
    public func part(at path: some Collection<Int>) -> BodyPart? {
        guard let number = path.first else { return self }
        let rest = path.dropFirst()
        if isMultipart {
            guard number >= 1, number <= parts.count else { return nil }
            return parts[number - 1].descend(rest)
        }
        return number == 1 ? descend(rest) : nil
    }

    /// Numbers below this part: a message's are those of the message inside; other leaves have none.
    private func descend(_ path: some Collection<Int>) -> BodyPart? {
        if path.isEmpty { return self }
        if isMultipart { return part(at: path) }
        return isMessage ? parts.first?.part(at: path) : nil
    }

    /// This part and all below it, from the top.
    public func forEach(_ visit: (BodyPart) -> Void) {
        visit(self)
        for part in parts { part.forEach(visit) }
    }
}

extension [BodyPart.Parameter] {
    /// The value that goes by this name, in lower case. Pieces of RFC 2231 are joined and decoded to UTF-8, and count
    /// more than a plain value beside them (RFC 2231 §4 leaves that one to older readers).
    public func value(of name: String, limits: FormatLimits = .standard) -> Octets? {
        var plain: Octets?
        var pieces: ParameterPieces?
        for parameter in self where parameter.name.utf8.starts(with: name.utf8) {
            let rest = parameter.name.utf8.dropFirst(name.utf8.count)
            if rest.isEmpty {
                if plain == nil { plain = parameter.value }
            } else if rest.first == 0x2A {
                var found = pieces ?? ParameterPieces()
                pieces = nil
                found.add(suffix: rest.dropFirst(), parameter.value)
                pieces = found
            }
        }
        return pieces?.joined(limit: limits.valueOctets) ?? plain
    }
}
