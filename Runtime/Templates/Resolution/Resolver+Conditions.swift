extension Resolver {
    /// `!If [condition, then, else]`. Both branches are looked at for problems, one is taken.
    func branch(_ call: Intrinsic) -> Resolved {
        guard let parts = arguments(call, 3...3) else { return .broken }
        guard case .scalar(let name, _) = parts[0].kind, parts[0].tag == nil else {
            problems.add("Fn::If starts with the name of a condition", at: parts[0].position)
            return .broken
        }
        guard let holds = holds(name, at: parts[0].position) else {
            _ = (resolve(parts[1]), resolve(parts[2]))
            return .broken
        }
        deadDepth += 1
        _ = resolve(parts[holds ? 2 : 1])
        deadDepth -= 1
        return resolve(parts[holds ? 1 : 2])
    }

    /// Decides a named condition; nil when it cannot be decided, which is reported.
    func holds(_ name: String, at position: SourcePosition) -> Bool? {
        if let known = conditionResults[name] { return known }
        guard let node = conditions[name] else {
            problems.add("there is no condition \(name)", at: position, misspelt: name, candidates: conditions.keys)
            return nil
        }
        guard !conditionsInProgress.contains(name) else {
            let circle = (conditionsInProgress + [name]).joined(separator: " → ")
            problems.add("conditions go in a circle: \(circle)", at: position)
            return nil
        }
        conditionsInProgress.append(name)
        defer { conditionsInProgress.removeLast() }
        let result = condition(node)
        conditionResults[name] = .some(result)
        return result
    }

    /// Decides a condition's definition.
    private func condition(_ node: TemplateNode) -> Bool? {
        switch Intrinsic.read(node, problems: problems) {
        case .call(let call) where call.function.isCondition: return truth(call)
        case .broken: return nil
        default:
            if let entry = node.entries?.first, node.entries?.count == 1, entry.key == "Condition" {
                return truth(Intrinsic(function: .condition, argument: entry.value, position: entry.keyPosition))
            }
            problems.add("a condition is Fn::Equals, Fn::And, Fn::Or, Fn::Not or Condition", at: node.position)
            return nil
        }
    }

    /// Calls a function whose answer is true or false.
    func truth(_ call: Intrinsic) -> Bool? {
        switch call.function {
        case .condition:
            guard case .scalar(let name, _) = call.argument.kind else {
                problems.add("Condition names a condition", at: call.position)
                return nil
            }
            return holds(name, at: call.argument.position)
        case .equals:
            guard let parts = arguments(call, 2...2) else { return nil }
            guard let left = resolve(parts[0]).value, let right = resolve(parts[1]).value else { return nil }
            // A number and its text are equal: parameters are texts.
            if let leftText = left.text, let rightText = right.text { return leftText == rightText }
            return left == right
        case .not:
            guard let parts = arguments(call, 1...1) else { return nil }
            return condition(parts[0]).map { !$0 }
        case .and, .or:
            guard let parts = arguments(call, 2...10) else { return nil }
            let results = parts.map(condition)
            guard !results.contains(nil) else { return nil }
            return call.function == .and ? !results.contains(false) : results.contains(true)
        default: return nil
        }
    }
}
