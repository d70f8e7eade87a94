/// A call of a template function: `!Sub text`, `Fn::Sub: text` and `Ref: Name` are three ways to write one.
struct Intrinsic {
    enum Function: String, CaseIterable {
        case ref = "Ref"
        case condition = "Condition"
        case getAtt = "Fn::GetAtt"
        case sub = "Fn::Sub"
        case join = "Fn::Join"
        case condIf = "Fn::If"
        case equals = "Fn::Equals"
        case not = "Fn::Not"
        case and = "Fn::And"
        case or = "Fn::Or"
        case select = "Fn::Select"
        case split = "Fn::Split"
        case findInMap = "Fn::FindInMap"
        case base64 = "Fn::Base64"
        case importValue = "Fn::ImportValue"
        case length = "Fn::Length"
        case toJSONString = "Fn::ToJsonString"

        /// True for functions whose answer is true or false.
        var isCondition: Bool {
            switch self {
            case .condition, .equals, .not, .and, .or: true
            default: false
            }
        }

        /// `!Sub`.
        var shortForm: String { "!" + (rawValue.hasPrefix("Fn::") ? rawValue.dropFirst(4) : rawValue[...]) }
    }

    /// Functions that CloudFormation has and a mail system has no use for.
    static let unsupported = ["Fn::Cidr", "Fn::GetAZs", "Fn::Transform", "Fn::GetStackOutput"]

    let function: Function
    let argument: TemplateNode
    let position: SourcePosition

    /// What a node calls, `.none` when it is no call; a call of an unknown function is reported.
    enum Reading {
        case none
        case call(Intrinsic)
        /// Reported already.
        case broken
    }

    static func read(_ node: TemplateNode, problems: ProblemCollector) -> Reading {
        if let tag = node.tag {
            guard tag.hasPrefix("!"), let function = Function.allCases.first(where: { $0.shortForm == tag }) else {
                report(
                    tag, "Fn::" + tag.drop { $0 == "!" }, at: node.position, problems,
                    Function.allCases.map(\.shortForm))
                return .broken
            }
            return .call(Intrinsic(function: function, argument: node.untagged, position: node.position))
        }
        guard let entries = node.entries,
            let entry = entries.first(where: { $0.key == "Ref" || $0.key.hasPrefix("Fn::") })
        else { return .none }
        guard let function = Function(rawValue: entry.key) else {
            report(entry.key, entry.key, at: entry.keyPosition, problems, Function.allCases.map(\.rawValue))
            return .broken
        }
        guard entries.count == 1 else {
            // `Ref` beside other keys is a key like any other, as in a JSON schema; a function is not.
            if function == .ref { return .none }
            let other = entries.first { $0.key != entry.key } ?? entry
            problems.add("\(entry.key) stands alone in its map, not beside \(other.key)", at: other.keyPosition)
            return .broken
        }
        return .call(Intrinsic(function: function, argument: entry.value, position: entry.keyPosition))
    }

    private static func report(
        _ written: String, _ long: String, at position: SourcePosition, _ problems: ProblemCollector,
        _ candidates: [String]
    ) {
        if unsupported.contains(long) || long.hasPrefix("Fn::ForEach") {
            problems.add("\(written) is not supported here; write its result", at: position)
        } else {
            problems.add("\(written) is not a function", at: position, misspelt: written, candidates: candidates)
        }
    }
}
