import MailTypes

extension Resolver {
    /// `!Sub text` or `!Sub [text, {Name: value}]`: `${Name}`, `${Resource.Attribute}`, `${!Literal}`.
    func substitute(_ call: Intrinsic) -> Resolved {
        var own: [String: String] = [:]
        let source: TemplateNode
        if call.argument.elements != nil {
            guard let parts = arguments(call, 2...2) else { return .broken }
            source = parts[0]
            guard let entries = parts[1].entries else {
                problems.add("the second element of Fn::Sub is a map of names", at: parts[1].position)
                return .broken
            }
            var isBroken = false
            for entry in entries {
                if let text = text(entry.value, of: call) { own[entry.key] = text } else { isBroken = true }
            }
            if isBroken { return .broken }
        } else {
            source = call.argument
        }
        guard case .scalar(let text, _) = source.kind, source.tag == nil else {
            problems.add("Fn::Sub takes a text, not \(source.kindName)", at: source.position)
            return .broken
        }
        let octets = Octets(text: text)
        var result: Octets = []
        var isBroken = false
        var position = 0
        while position < octets.count {
            guard octets[position] == 0x24, position + 1 < octets.count, octets[position + 1] == 0x7B else {
                result.append(octets[position])
                position += 1
                continue
            }
            let place = self.place(of: position, in: octets, source)
            guard let end = octets[position...].firstIndex(of: 0x7D) else {
                problems.add("${ has no }", at: place)
                return .broken
            }
            let inner = octets[(position + 2)..<end]
            position = end + 1
            if inner.first == 0x21 {
                result += Octets(text: "${") + inner.dropFirst() + [0x7D]
                continue
            }
            let name = String(decoding: inner, as: UTF8.self).trimmingBlanks
            if let value = own[name] {
                result += value.utf8
            } else if let value = substitution(name, at: place) {
                result += value.utf8
            } else {
                isBroken = true
            }
            if result.count > Self.limitOctets { break }
        }
        return isBroken ? .broken : made(result.text, at: call.position)
    }

    private func substitution(_ name: String, at place: SourcePosition) -> String? {
        let resolved: Resolved
        if let dot = name.firstIndex(of: "."), resources[name] == nil {
            resolved = attribute(String(name[name.index(after: dot)...]), of: String(name[..<dot]), at: place)
        } else {
            resolved = reference(name, at: place)
        }
        guard let value = resolved.value else {
            if case .nothing = resolved { problems.add("AWS::NoValue has no text to put in", at: place) }
            return nil
        }
        if let text = value.text { return text }
        problems.add("\(name) is \(value.kindName), not a text; join it first", at: place)
        return nil
    }

    /// The line of a place within a block text; other texts are told by their start.
    private func place(of position: Int, in octets: Octets, _ node: TemplateNode) -> SourcePosition {
        guard let line = node.blockLine else { return node.position }
        return SourcePosition(line: line + octets[..<position].count { $0 == .lf }, column: node.position.column)
    }
}

extension String {
    fileprivate var trimmingBlanks: String {
        let octets = utf8.drop { $0.isBlank }
        return String(decoding: octets.reversed().drop { $0.isBlank }.reversed(), as: UTF8.self)
    }
}
