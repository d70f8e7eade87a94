import MailTypes

extension Resolver {
    /// `!Join [delimiter, [values]]`.
    func join(_ call: Intrinsic) -> Resolved {
        guard let parts = arguments(call, 2...2), let delimiter = text(parts[0], of: call),
            let list = list(parts[1], of: call)
        else { return .broken }
        var texts: [String] = []
        for element in list {
            guard let text = element.text else {
                problems.add("\(call.function.rawValue) joins texts, not \(element.kindName)", at: element.position)
                return .broken
            }
            texts.append(text)
        }
        return made(texts.joined(separator: delimiter), at: call.position)
    }

    /// `!Split [delimiter, text]`.
    func split(_ call: Intrinsic) -> Resolved {
        guard let parts = arguments(call, 2...2), let delimiter = text(parts[0], of: call),
            let source = text(parts[1], of: call)
        else { return .broken }
        guard !delimiter.isEmpty else {
            problems.add("Fn::Split needs a delimiter of at least one character", at: parts[0].position)
            return .broken
        }
        // Counted as if it were joined again: elements cost more than their octets.
        guard made(source, at: call.position).value != nil else { return .broken }
        let pieces = Octets(text: source).pieces(between: Octets(text: delimiter))
        let elements = pieces.map { TemplateValue(.string($0.text), at: call.position) }
        return .value(TemplateValue(.list(elements), at: call.position))
    }

    /// `!Select [index, [values]]`.
    func select(_ call: Intrinsic) -> Resolved {
        guard let parts = arguments(call, 2...2), let position = text(parts[0], of: call),
            let list = list(parts[1], of: call)
        else { return .broken }
        guard let index = Int(position) else {
            problems.add("Fn::Select counts from 0; \(position) is not a number", at: parts[0].position)
            return .broken
        }
        guard list.indices.contains(index) else {
            addUnlessDead(
                "Fn::Select asks for element \(index) of \(list.count), counted from 0", at: parts[0].position)
            return .broken
        }
        return .value(TemplateValue(list[index].content, at: call.position))
    }

    /// `!FindInMap [map, key, key]`, with `{DefaultValue: x}` as a fourth if it may be missing.
    func findInMap(_ call: Intrinsic) -> Resolved {
        guard let parts = arguments(call, 3...4), let name = text(parts[0], of: call),
            let first = text(parts[1], of: call), let second = text(parts[2], of: call)
        else { return .broken }
        func missing(_ message: String, _ name: String, _ candidates: [String], _ part: Int) -> Resolved {
            if parts.count == 4 {
                guard let fallback = parts[3]["DefaultValue"] else {
                    problems.add("the fourth element is {DefaultValue: value}", at: parts[3].position)
                    return .broken
                }
                return resolve(fallback)
            }
            addUnlessDead(message, at: parts[part].position, misspelt: name, candidates: candidates)
            return .broken
        }
        guard let map = mappings[name] else {
            return missing("there is no mapping \(name)", name, Array(mappings.keys), 0)
        }
        guard let inner = map[first] else {
            return missing("mapping \(name) has no key \(first)", first, map.map?.keys ?? [], 1)
        }
        guard let value = inner[second] else {
            return missing("\(name).\(first) has no key \(second)", second, inner.map?.keys ?? [], 2)
        }
        return .value(TemplateValue(value.content, at: call.position))
    }

    /// `!ImportValue name`.
    func importValue(_ call: Intrinsic) -> Resolved {
        guard let name = text(call) else { return .broken }
        guard let value = pseudo.exports[name] else {
            addUnlessDead(
                "no stack exports \(name)", at: call.position, misspelt: name, candidates: pseudo.exports.keys)
            return .broken
        }
        return made(value, at: call.position)
    }

    /// The elements of a function's list; a problem when it has another number of them.
    func arguments(_ call: Intrinsic, _ count: ClosedRange<Int>) -> [TemplateNode]? {
        let wanted =
            count.lowerBound == count.upperBound ? "\(count.lowerBound)" : "\(count.lowerBound) to \(count.upperBound)"
        guard let elements = call.argument.elements else {
            problems.add(
                "\(call.function.rawValue) takes a list of \(wanted), not \(call.argument.kindName)", at: call.position)
            return nil
        }
        guard count.contains(elements.count) else {
            problems.add(
                "\(call.function.rawValue) takes a list of \(wanted), not of \(elements.count)", at: call.position)
            return nil
        }
        return elements
    }

    /// The text that is a function's whole argument.
    func text(_ call: Intrinsic) -> String? { text(call.argument, of: call) }

    /// A text among a function's arguments.
    func text(_ node: TemplateNode, of call: Intrinsic) -> String? {
        guard let value = resolve(node).value else { return nil }
        if let text = value.text { return text }
        problems.add("\(call.function.rawValue) needs a text here, not \(value.kindName)", at: node.position)
        return nil
    }

    /// A list among a function's arguments.
    func list(_ node: TemplateNode, of call: Intrinsic) -> [TemplateValue]? {
        guard let value = resolve(node).value else { return nil }
        if let list = value.list { return list }
        problems.add("\(call.function.rawValue) needs a list here, not \(value.kindName)", at: node.position)
        return nil
    }
}

extension Octets {
    /// What stands between the places where a delimiter occurs.
    fileprivate func pieces(between delimiter: Octets) -> [Octets] {
        var pieces: [Octets] = []
        var start = 0
        var position = 0
        while position + delimiter.count <= count {
            if self[position] == delimiter[0], self[position..<position + delimiter.count].elementsEqual(delimiter) {
                pieces.append(Octets(self[start..<position]))
                position += delimiter.count
                start = position
            } else {
                position += 1
            }
        }
        pieces.append(Octets(self[start...]))
        return pieces
    }
}
