/// One node of a YAML document with its place: what was written, before anything is resolved.
struct TemplateNode: Sendable {
    /// A key of a mapping and what it stands for.
    struct Entry: Sendable {
        let key: String
        let keyPosition: SourcePosition
        let value: TemplateNode
    }

    enum Kind: Sendable {
        /// `isPlain`: written without quotes, so that it can be a number or a boolean.
        case scalar(String, isPlain: Bool)
        case sequence([TemplateNode])
        case mapping([Entry])
    }

    let kind: Kind
    /// The tag as written, `!Ref`; nil for none.
    let tag: String?
    let position: SourcePosition
    /// For a block scalar the line its text starts on, so that a place within can be told.
    let blockLine: Int?
    /// This node and all below it.
    let count: Int

    init(_ kind: Kind, tag: String? = nil, at position: SourcePosition, blockLine: Int? = nil) {
        self.kind = kind
        self.tag = tag
        self.position = position
        self.blockLine = blockLine
        count =
            switch kind {
            case .scalar: 1
            case .sequence(let nodes): nodes.reduce(1) { $0 + $1.count }
            case .mapping(let entries): entries.reduce(1) { $0 + 1 + $1.value.count }
            }
    }

    /// The same node without its tag.
    var untagged: TemplateNode { TemplateNode(kind, at: position, blockLine: blockLine) }

    /// The entries of a mapping without a tag.
    var entries: [Entry]? { if case .mapping(let entries) = kind, tag == nil { entries } else { nil } }

    /// The elements of a sequence without a tag.
    var elements: [TemplateNode]? { if case .sequence(let nodes) = kind, tag == nil { nodes } else { nil } }

    /// What a key of a mapping stands for.
    subscript(key: String) -> TemplateNode? { entries?.first { $0.key == key }?.value }

    /// True for an empty plain scalar, `~` and `null`.
    var isNull: Bool {
        if case .scalar(let text, isPlain: true) = kind, tag == nil { ScalarForm(plain: text) == .null } else { false }
    }

    /// The kind in words, for problems.
    var kindName: String {
        switch kind {
        case .scalar: isNull ? "nothing" : "a text"
        case .sequence: "a list"
        case .mapping: "a map"
        }
    }
}
