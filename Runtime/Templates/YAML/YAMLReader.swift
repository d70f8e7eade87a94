import CYAML
import MailTypes

/// Reads one YAML document into nodes. JSON is read as the YAML it is.
///
/// Bounded in octets, depth and nodes, aliases counted as what they stand for, so that no small text unfolds into a
/// large one. Duplicate keys are problems; after a syntax error nothing more is read.
struct YAMLReader: ~Copyable {
    /// Octets of a template; CloudFormation takes as many from S3.
    static let limitOctets = 1 << 20
    /// Levels of lists and maps.
    static let limitDepth = 64
    /// Keys, texts, lists and maps.
    static let limitNodes = 50_000

    private struct Stopped: Error {}

    /// In a place of its own: libyaml keeps a pointer to it inside it.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private var anchors: [String: TemplateNode] = [:]
    private var nodes = 0
    private let problems: ProblemCollector

    /// Reads a document; nil when a problem was found that leaves nothing to look at.
    static func read(_ octets: Octets, problems: ProblemCollector) -> TemplateNode? {
        guard octets.count <= limitOctets else {
            problems.add("the template has \(octets.count) octets; \(limitOctets) is the limit", at: .start)
            return nil
        }
        return octets.withUnsafeBufferPointer { buffer in
            var reader = YAMLReader(problems: problems)
            // An empty array may have no address, and libyaml asks for one.
            guard let start = buffer.baseAddress else { return reader.empty() }
            yaml_parser_set_input_string(reader.parser, start, buffer.count)
            return try? reader.readDocument()
        }
    }

    private init(problems: ProblemCollector) {
        self.problems = problems
        // Fails only without memory; every read after that then reports it.
        parser = .allocate(capacity: 1)
        parser.initialize(to: yaml_parser_t())
        _ = yaml_parser_initialize(parser)
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
    }

    private func empty() -> TemplateNode? {
        problems.add("the template is empty", at: .start)
        return nil
    }

    private mutating func readDocument() throws(Stopped) -> TemplateNode? {
        var document: TemplateNode?
        while true {
            var event = try next()
            defer { yaml_event_delete(&event) }
            switch event.type {
            case YAML_STREAM_START_EVENT, YAML_DOCUMENT_END_EVENT: continue
            case YAML_DOCUMENT_START_EVENT:
                guard document == nil else { throw stop("a second document starts here; a template is one", event) }
                continue
            case YAML_STREAM_END_EVENT: return document ?? empty()
            default: document = try readNode(event, depth: 1)
            }
        }
    }

    /// Reads the node that starts with this event.
    private mutating func readNode(_ event: yaml_event_t, depth: Int) throws(Stopped) -> TemplateNode {
        guard depth <= Self.limitDepth else {
            throw stop("more than \(Self.limitDepth) levels of lists and maps", event)
        }
        let position = Self.position(event.start_mark)
        var anchor: String?
        let node: TemplateNode
        switch event.type {
        case YAML_ALIAS_EVENT:
            let name = Self.text(event.data.alias.anchor) ?? ""
            guard let target = anchors[name] else {
                throw stop("alias *\(name) stands for nothing before it", event)
            }
            try count(target.count, event)
            return target
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            anchor = Self.text(scalar.anchor)
            let text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
            let isBlock = scalar.style == YAML_LITERAL_SCALAR_STYLE || scalar.style == YAML_FOLDED_SCALAR_STYLE
            let tag = try tag(Self.text(scalar.tag), event)
            let isPlain = scalar.style == YAML_PLAIN_SCALAR_STYLE && tag != Self.textTag
            try count(1, event)
            node = TemplateNode(
                .scalar(text, isPlain: isPlain), tag: tag == Self.textTag ? nil : tag, at: position,
                blockLine: isBlock ? position.line + 1 : nil)
        case YAML_SEQUENCE_START_EVENT:
            anchor = Self.text(event.data.sequence_start.anchor)
            let tag = try tag(Self.text(event.data.sequence_start.tag), event)
            try count(1, event)
            node = TemplateNode(.sequence(try readSequence(depth)), tag: tag, at: position)
        case YAML_MAPPING_START_EVENT:
            anchor = Self.text(event.data.mapping_start.anchor)
            let tag = try tag(Self.text(event.data.mapping_start.tag), event)
            try count(1, event)
            node = TemplateNode(.mapping(try readMapping(depth)), tag: tag, at: position)
        default: throw stop("this is not a text, a list or a map", event)
        }
        // Known only once it is complete: an alias within its own anchor has nothing to stand for.
        if let anchor { anchors[anchor] = node }
        return node
    }

    private mutating func readSequence(_ depth: Int) throws(Stopped) -> [TemplateNode] {
        var elements: [TemplateNode] = []
        while true {
            var event = try next()
            defer { yaml_event_delete(&event) }
            if event.type == YAML_SEQUENCE_END_EVENT { return elements }
            elements.append(try readNode(event, depth: depth + 1))
        }
    }

    private mutating func readMapping(_ depth: Int) throws(Stopped) -> [TemplateNode.Entry] {
        var entries: [TemplateNode.Entry] = []
        var seen: [String: SourcePosition] = [:]
        while true {
            var keyEvent = try next()
            defer { yaml_event_delete(&keyEvent) }
            if keyEvent.type == YAML_MAPPING_END_EVENT { return entries }
            let keyNode = try readNode(keyEvent, depth: depth + 1)
            var valueEvent = try next()
            defer { yaml_event_delete(&valueEvent) }
            let value = try readNode(valueEvent, depth: depth + 1)
            guard case .scalar(let key, _) = keyNode.kind, keyNode.tag == nil else {
                problems.add("a key is a text, not \(keyNode.kindName)", at: keyNode.position)
                continue
            }
            let place = Self.position(keyEvent.start_mark)
            if key == "<<" {
                problems.add("merge keys (<<) are not part of templates; use Globals or repeat the keys", at: place)
            } else if let first = seen[key] {
                problems.add("\(key) is here for the second time, first in line \(first.line)", at: place)
            } else {
                seen[key] = place
                entries.append(.init(key: key, keyPosition: place, value: value))
            }
        }
    }

    private static let textTag = "tag:yaml.org,2002:str"

    /// The tag without what YAML's own tags say anyway; those that would need another type system are refused.
    private func tag(_ tag: String?, _ event: yaml_event_t) throws(Stopped) -> String? {
        guard let tag else { return nil }
        if tag == "!" { return Self.textTag }
        guard tag.hasPrefix("tag:yaml.org,2002:") else { return tag }
        switch tag.dropFirst("tag:yaml.org,2002:".count) {
        case "str": return Self.textTag
        case "int", "float", "bool", "null", "seq", "map": return nil
        default: throw stop("the tag \(tag) is not part of templates", event)
        }
    }

    private mutating func count(_ more: Int, _ event: yaml_event_t) throws(Stopped) {
        nodes += more
        guard nodes <= Self.limitNodes else {
            throw stop("more than \(Self.limitNodes) keys and values, aliases counted as what they stand for", event)
        }
    }

    private mutating func next() throws(Stopped) -> yaml_event_t {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else {
            let mark = parser.pointee.problem_mark
            var text = parser.pointee.problem.map { String(cString: $0) } ?? "no memory left"
            if let context = parser.pointee.context { text = "\(String(cString: context)), \(text)" }
            if parser.pointee.error == YAML_READER_ERROR {
                problems.add("octet \(parser.pointee.problem_offset): \(text)", at: Self.position(parser.pointee.mark))
            } else {
                problems.add(text, at: Self.position(mark))
            }
            throw Stopped()
        }
        return event
    }

    private func stop(_ message: String, _ event: yaml_event_t) -> Stopped {
        problems.add(message, at: Self.position(event.start_mark))
        return Stopped()
    }

    private static func position(_ mark: yaml_mark_t) -> SourcePosition {
        SourcePosition(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }

    private static func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        pointer.map { String(cString: $0) }
    }
}
