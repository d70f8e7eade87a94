import MailTypes

/// Arguments of FETCH.
extension SyntaxReader {
    /// `("ALL" / "FULL" / "FAST" / fetch-att / "(" fetch-att *(SP fetch-att) ")") [SP fetch-modifiers]`
    mutating func fetchOptions() throws(SyntaxFault) -> FetchOptions {
        var options = FetchOptions()
        if peek == 0x28 {
            try list(limit: limits.fetchItems) { (reader) throws(SyntaxFault) in
                options.items.append(try reader.fetchItem(try reader.word()))
            }
        } else {
            switch try word() {
            case "ALL": options.items = [.flags, .internalDate, .size, .envelope]
            case "FAST": options.items = [.flags, .internalDate, .size]
            case "FULL": options.items = [.flags, .internalDate, .size, .envelope, .body]
            case let name: options.items = [try fetchItem(name)]
            }
        }
        guard !options.items.isEmpty else { throw SyntaxFault("fetch item expected") }
        if take(.space), !isAtEnd { try fetchModifiers(&options) }
        return options
    }

    /// `"(" "CHANGEDSINCE" SP mod-sequence-value [SP "VANISHED"] ")"` (RFC 7162 §3.1.4, §3.2.6)
    private mutating func fetchModifiers(_ options: inout FetchOptions) throws(SyntaxFault) {
        try list(limit: limits.listItems) { (reader) throws(SyntaxFault) in
            switch try reader.word() {
            case "CHANGEDSINCE":
                try reader.space()
                options.changedSince = ModSeq(try reader.number64())
            case "VANISHED": options.withVanished = true
            default: throw SyntaxFault("unknown fetch modifier")
            }
        }
        guard !options.withVanished || options.changedSince != nil else {
            throw SyntaxFault("VANISHED needs CHANGEDSINCE")
        }
    }

    private mutating func fetchItem(_ name: String) throws(SyntaxFault) -> FetchItem {
        switch name {
        case "FLAGS": return .flags
        case "UID": return .uid
        case "INTERNALDATE": return .internalDate
        case "RFC822.SIZE": return .size
        case "ENVELOPE": return .envelope
        case "BODYSTRUCTURE": return .bodyStructure
        case "MODSEQ": return .modSeq
        case "EMAILID": return .emailID
        case "THREADID": return .threadID
        case "SAVEDATE": return .saveDate
        case "PREVIEW":
            // `PREVIEW [SP "(" "LAZY" ")"]` (RFC 8970 §3.1). Ours cost nothing, so lazy or not is the same.
            try previewModifiers()
            return .preview
        case "RFC822":
            return .section(BodySection(), name: .rfc822, partial: nil, peek: false)
        case "RFC822.HEADER":
            return .section(BodySection(text: .header), name: .rfc822Header, partial: nil, peek: true)
        case "RFC822.TEXT":
            return .section(BodySection(text: .text), name: .rfc822Text, partial: nil, peek: false)
        case "BODY", "BODY.PEEK":
            guard peek == 0x5B else {
                guard name == "BODY" else { throw SyntaxFault("section expected") }
                return .body
            }
            let section = try section()
            return .section(section, name: .body, partial: try partial(), peek: name == "BODY.PEEK")
        case "BINARY", "BINARY.PEEK":
            let part = try sectionBinary()
            return .binary(part, partial: try partial(), peek: name == "BINARY.PEEK")
        case "BINARY.SIZE": return .binarySize(try sectionBinary())
        default: throw SyntaxFault("unknown fetch item")
        }
    }

    private mutating func previewModifiers() throws(SyntaxFault) {
        guard peek == .space, position + 1 < octets.count, octets[position + 1] == 0x28 else { return }
        let ahead = Octets(octets[position...].prefix(7))
        guard ahead.equalsIgnoringASCIICase(" (LAZY)".utf8) else { return }
        for octet in ahead { try expect(octet) }
    }

    /// `section = "[" [section-spec] "]"`
    private mutating func section() throws(SyntaxFault) -> BodySection {
        try expect(0x5B)
        var section = BodySection()
        if take(0x5D) { return section }
        section.part = try partNumbers()
        // After `1.2.` a word follows; after `1.2` the bracket.
        if section.part.isEmpty || takenDot {
            switch try word() {
            case "HEADER": section.text = .header
            case "TEXT": section.text = .text
            case "MIME":
                guard !section.part.isEmpty else { throw SyntaxFault("MIME needs a part number") }
                section.text = .mime
            case "HEADER.FIELDS": section.text = .headerFields(try headerNames(), not: false)
            case "HEADER.FIELDS.NOT": section.text = .headerFields(try headerNames(), not: true)
            default: throw SyntaxFault("unknown section")
            }
        }
        try expect(0x5D)
        return section
    }

    private var takenDot: Bool { position > 0 && octets[position - 1] == 0x2E }

    /// `section-part = nz-number *("." nz-number)`; a dot before a word is read too.
    private mutating func partNumbers() throws(SyntaxFault) -> [Int] {
        var part: [Int] = []
        while let octet = peek, octet.isASCIIDigit {
            guard part.count < limits.depth else { throw SyntaxFault("part number too deep") }
            let number = try number()
            guard number > 0 else { throw SyntaxFault("0 is no part's number") }
            part.append(Int(number))
            guard take(0x2E) else { break }
        }
        return part
    }

    private mutating func headerNames() throws(SyntaxFault) -> [Octets] {
        try space()
        var names: [Octets] = []
        try list(limit: limits.listItems) { (reader) throws(SyntaxFault) in names.append(try reader.astring()) }
        guard !names.isEmpty else { throw SyntaxFault("field name expected") }
        return names
    }

    /// `section-binary = "[" [section-part] "]"` (RFC 3516 §7)
    private mutating func sectionBinary() throws(SyntaxFault) -> [Int] {
        try expect(0x5B)
        let part = try partNumbers()
        guard part.isEmpty || !takenDot else { throw SyntaxFault("part number expected") }
        try expect(0x5D)
        return part
    }

    /// `partial = "<" number64 "." nz-number64 ">"`
    private mutating func partial() throws(SyntaxFault) -> FetchItem.Partial? {
        guard take(0x3C) else { return nil }
        let offset = try number64()
        try expect(0x2E)
        let count = try number64()
        try expect(0x3E)
        guard count > 0 else { throw SyntaxFault("a partial has at least one octet") }
        // Both have 63 bits at most. The origin goes back to the client as it was asked (RFC 9051 §7.5.2).
        return FetchItem.Partial(offset: Int(offset), count: Int(count))
    }
}
