import Templates

/// The words after the verb, checked against the verb's options.
struct Arguments: Sendable {
    let operands: [String]
    private let values: [String: [String]]

    /// Reads the words; throws `Refusal` with exit code 2 when they are wrong.
    init(_ words: [String], for verb: Verb) throws(Refusal) {
        var operands: [String] = []
        var values: [String: [String]] = [:]
        var index = 0
        var onlyOperands = false
        while index < words.count {
            let word = words[index]
            index += 1
            if !onlyOperands, word.count == 2, word.hasPrefix("-"),
                let option = verb.options.first(where: { $0.letter != nil && $0.letter == word.last })
            {
                values[option.name] = ["true"]
                continue
            }
            if onlyOperands || !word.hasPrefix("--") || word == "-" {
                operands.append(word)
                continue
            }
            if word == "--" {
                onlyOperands = true
                continue
            }
            let body = word.dropFirst(2)
            let name = String(body.prefix { $0 != "=" })
            guard let option = verb.options.first(where: { $0.name == name }) else {
                let known = verb.options.map(\.name)
                throw .usage(
                    "\(verb.name) has no flag --\(name)",
                    hint: Suggestion.nearest(to: name, in: known).map { "did you mean --\($0)?" }
                        ?? "see: mailroom \(verb.name) --help")
            }
            if option.value == nil {
                guard name.count == body.count else {
                    throw .usage("--\(name) takes no value", hint: "leave out what follows the =")
                }
                values[name] = ["true"]
                continue
            }
            let value: String
            if name.count < body.count {
                value = String(body.dropFirst(name.count + 1))
            } else if index < words.count {
                value = words[index]
                index += 1
            } else {
                throw .usage("--\(name) needs a value", hint: "--\(name) \(option.value ?? "VALUE")")
            }
            if !option.isRepeatable, values[name] != nil {
                throw .usage("--\(name) stands twice", hint: "give it once")
            }
            values[name, default: []].append(value)
        }
        if values["help"] == nil, let extra = operands.dropFirst(verb.operandsMax(after: operands.first)).first {
            throw .usage(
                "\(verb.name) does not know what to do with '\(extra)'", hint: "see: mailroom \(verb.name) --help")
        }
        (self.operands, self.values) = (operands, values)
    }

    /// True when the switch is given.
    func has(_ name: String) -> Bool { values[name] != nil }

    /// The value of a flag, nil when it is not given.
    subscript(name: String) -> String? { values[name]?.last }

    /// All values of a repeatable flag.
    func all(_ name: String) -> [String] { values[name] ?? [] }

    /// The value of a flag that must be there.
    func required(_ name: String) throws(Refusal) -> String {
        guard let value = self[name] else { throw .usage("--\(name) is missing", hint: "see --help") }
        return value
    }

    /// An operand that must be there.
    func operand(_ index: Int, _ what: String) throws(Refusal) -> String {
        guard operands.indices.contains(index) else { throw .usage("\(what) is missing", hint: "see --help") }
        return operands[index]
    }
}
