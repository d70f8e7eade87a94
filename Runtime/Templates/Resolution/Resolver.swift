import MailTypes

/// Turns nodes into values: follows references, calls functions, decides conditions. Used by one load.
final class Resolver {
    /// What became of a node.
    enum Resolved {
        case value(TemplateValue)
        /// `AWS::NoValue`: the key or element is left out.
        case nothing
        /// Reported already.
        case broken

        var value: TemplateValue? { if case .value(let value) = self { value } else { nil } }
    }

    /// Octets a resolved text may grow to, so that substitutions of substitutions stay bounded.
    static let limitOctets = 1 << 20

    let problems: ProblemCollector
    let pseudo: PseudoParameters
    let parameters: [String: TemplateValue]
    /// What parameters without a value stand for in the Parameter Store.
    let missingParameters: [String: String]
    let mappings: [String: TemplateValue]
    let conditions: [String: TemplateNode]
    var resources: [String: ResourceHead] = [:]
    /// Resources that the value being resolved refers to.
    var references: Set<String> = []
    /// Above zero while a branch is looked at that was not taken: what only fails because of that is no problem.
    var deadDepth = 0
    /// Decided conditions; nil for those that could not be decided.
    var conditionResults: [String: Bool?] = [:]
    var conditionsInProgress: [String] = []
    var namesInProgress: Set<String> = []
    var names: [String: String?] = [:]
    /// Octets of text made so far by functions.
    private var octetsMade = 0

    init(
        problems: ProblemCollector, pseudo: PseudoParameters, parameters: [String: TemplateValue],
        missingParameters: [String: String] = [:], mappings: [String: TemplateValue], conditions: [String: TemplateNode]
    ) {
        self.problems = problems
        self.pseudo = pseudo
        self.parameters = parameters
        self.missingParameters = missingParameters
        self.mappings = mappings
        self.conditions = conditions
    }

    /// Resolves a node and everything in it.
    func resolve(_ node: TemplateNode) -> Resolved {
        switch Intrinsic.read(node, problems: problems) {
        case .broken: return .broken
        case .call(let call): return resolve(call)
        case .none: break
        }
        switch node.kind {
        case .scalar(let text, let isPlain):
            switch isPlain ? ScalarForm(plain: text) : .text {
            case .null:
                problems.add("there is nothing here; give a value or leave the key out", at: node.position)
                return .broken
            case .boolean(let value): return .value(TemplateValue(.boolean(value), at: node.position))
            case .number: return .value(TemplateValue(.number(text), at: node.position))
            case .text: return .value(TemplateValue(.string(text), at: node.position))
            }
        case .sequence(let nodes):
            var isBroken = false
            var elements: [TemplateValue] = []
            for node in nodes {
                switch resolve(node) {
                case .value(let value): elements.append(value)
                case .nothing: continue
                case .broken: isBroken = true
                }
            }
            return isBroken ? .broken : .value(TemplateValue(.list(elements), at: node.position))
        case .mapping(let nodes):
            var isBroken = false
            var entries: [TemplateMap.Entry] = []
            for entry in nodes {
                switch resolve(entry.value) {
                case .value(let value):
                    entries.append(.init(key: entry.key, keyPosition: entry.keyPosition, value: value))
                case .nothing: continue
                case .broken: isBroken = true
                }
            }
            return isBroken ? .broken : .value(TemplateValue(.map(TemplateMap(entries)), at: node.position))
        }
    }

    /// Resolves the entries of a map one by one, so that one broken property does not hide the others.
    func resolveEntries(_ node: TemplateNode, withoutReferencesOf key: String? = nil) -> [TemplateMap.Entry] {
        (node.entries ?? []).compactMap { entry in
            let before = references
            defer { if entry.key == key { references = before } }
            return resolve(entry.value).value.map { .init(key: entry.key, keyPosition: entry.keyPosition, value: $0) }
        }
    }

    private func resolve(_ call: Intrinsic) -> Resolved {
        switch call.function {
        case .ref: return ref(call)
        case .getAtt: return getAtt(call)
        case .sub: return substitute(call)
        case .condIf: return branch(call)
        case .condition, .equals, .not, .and, .or:
            return truth(call).map { .value(TemplateValue(.boolean($0), at: call.position)) } ?? .broken
        case .join: return join(call)
        case .split: return split(call)
        case .select: return select(call)
        case .findInMap: return findInMap(call)
        case .base64:
            return text(call).map { made(Base64.encode(Octets(text: $0)).text, at: call.position) } ?? .broken
        case .importValue: return importValue(call)
        case .length:
            guard let list = list(call.argument, of: call) else { return .broken }
            return .value(TemplateValue(.number(String(list.count)), at: call.position))
        case .toJSONString:
            guard let value = resolve(call.argument).value else { return .broken }
            return made(value.json.text, at: call.position)
        }
    }

    /// A text that a function made.
    func made(_ text: String, at position: SourcePosition) -> Resolved {
        octetsMade += text.utf8.count
        guard octetsMade <= Self.limitOctets else {
            problems.add("functions make more than \(Self.limitOctets) octets of text", at: position)
            return .broken
        }
        return .value(TemplateValue(.string(text), at: position))
    }

    /// Notes a problem unless it only comes of a branch that was not taken.
    func addUnlessDead(
        _ message: String, at position: SourcePosition, misspelt name: String? = nil,
        candidates: some Sequence<String> = EmptyCollection<String>()
    ) {
        if deadDepth == 0 { problems.add(message, at: position, misspelt: name, candidates: candidates) }
    }
}
