import MailTypes
import MessageFormat

/// Where the octets of `BODY[section]` are in a message's content (RFC 9051 §6.4.5.1).
enum SectionPlace: Equatable {
    /// As they stand in this range.
    case range(Range<Int>)
    /// Some fields of the header section in this range.
    case fields(Range<Int>, names: [Octets], not: Bool)
    /// The message has no such part.
    case missing

    /// The place of a section in a message of this structure and size.
    init(_ section: BodySection, in root: BodyPart, size: Int) {
        if section.part.isEmpty {
            self.init(section.text, ofMessage: root, whole: 0..<size)
            return
        }
        guard let part = root.part(at: section.part) else {
            self = .missing
            return
        }
        switch section.text {
        case .whole: self = .range(part.body)
        case .mime: self = .range(part.header)
        case .header, .text, .headerFields:
            // These words are about a message inside; other parts have no header section of their own.
            guard part.isMessage, let inner = part.parts.first else {
                self = .missing
                return
            }
            self.init(section.text, ofMessage: inner, whole: part.body)
        }
    }

    private init(_ text: BodySection.Text, ofMessage root: BodyPart, whole: Range<Int>) {
        switch text {
        case .whole: self = .range(whole)
        case .header, .mime: self = .range(root.header)
        case .text: self = .range(root.body)
        case .headerFields(let names, let not): self = .fields(root.header, names: names, not: not)
        }
    }

    /// The fields of a header section with (or without) these names, whole as they stand, and the blank line.
    static func filter(_ header: Octets, names: [Octets], not: Bool) -> Octets {
        let section = HeaderSection(header)
        var result: Octets = []
        for field in section.fields {
            let name = header[field.name]
            let isNamed = names.contains { $0.equalsIgnoringASCIICase(name) }
            if isNamed != not { result += header[field.whole] }
        }
        // A message that ends within its header section still gives whole lines.
        if let last = result.last, last != .lf { result += [.cr, .lf] }
        return result + [.cr, .lf]
    }
}

extension FetchItem.Partial {
    /// The part of a range that the partial asks for; empty at its end when it starts beyond.
    func clip(_ range: Range<Int>) -> Range<Int> {
        let start = range.lowerBound + min(offset, range.count)
        return start..<(start + min(count, range.upperBound - start))
    }
}
