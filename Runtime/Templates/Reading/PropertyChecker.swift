import MailTypes

/// Checks maps against schemas and tells every key and value that does not fit.
struct PropertyChecker {
    let problems: ProblemCollector

    /// The values that fit, by key. `owner` names the map in problems: `Mailroom::Queue`.
    func check(_ entries: [TemplateMap.Entry], _ schema: PropertySchema, of owner: String, at position: SourcePosition)
        -> [String: TemplateValue]
    {
        var good: [String: TemplateValue] = [:]
        for entry in entries {
            guard let form = schema.forms[entry.key] else {
                problems.add(
                    "\(owner) has no property \(entry.key)", at: entry.keyPosition, misspelt: entry.key,
                    candidates: schema.forms.keys)
                continue
            }
            if let problem = mismatch(entry.value, form) {
                problems.add(
                    "\(entry.key) \(problem.message)", at: entry.value.position, misspelt: problem.misspelt,
                    candidates: problem.candidates)
            } else {
                good[entry.key] = entry.value
            }
        }
        return good
    }

    /// Tells the keys that are required and not written. Separate, because a key that is there and broken is not missing.
    func require(_ keys: Set<String>, in node: TemplateNode?, of owner: String, at position: SourcePosition) {
        for key in keys.sorted() where node?[key] == nil {
            problems.add("\(owner) needs \(key)", at: position)
        }
    }

    private struct Mismatch {
        let message: String
        var misspelt: String?
        var candidates: [String] = []
    }

    /// What is wrong with a value, in words that follow the key; nil when it fits.
    private func mismatch(_ value: TemplateValue, _ form: PropertySchema.Form) -> Mismatch? {
        switch form {
        case .any: return nil
        case .map: return value.map == nil ? Mismatch(message: "is a map, not \(value.kindName)") : nil
        case .list: return value.list == nil ? Mismatch(message: "is a list, not \(value.kindName)") : nil
        case .boolean: return value.boolean == nil ? Mismatch(message: "is true or false") : nil
        default: break
        }
        guard let text = value.text else { return Mismatch(message: "is one value, not \(value.kindName)") }
        switch form {
        case .text: return text.isEmpty ? Mismatch(message: "is empty") : nil
        case .choice(let choices):
            guard !choices.contains(text) else { return nil }
            return Mismatch(
                message: "is \(text); it is one of \(choices.joined(separator: ", "))", misspelt: text,
                candidates: choices)
        case .integer(let range):
            guard let number = Int(text) else { return Mismatch(message: "is \(text), not a whole number") }
            return outside(number, range, "\(number)", "\(range.lowerBound)", "\(range.upperBound)")
        case .octets(let range):
            do throws(Quantity.Problem) {
                let octets = try Quantity.octets(text)
                return outside(octets, range, text, Self.size(range.lowerBound), Self.size(range.upperBound))
            } catch {
                return Mismatch(message: "is \(text): it \(error.message)")
            }
        case .seconds(let range) where Int(text) != nil:
            let seconds = Int(text) ?? 0
            return outside(seconds, range, "\(seconds)", "\(range.lowerBound)", "\(range.upperBound) seconds")
        case .seconds(let range):
            return duration(text, Int64(range.lowerBound) * 1000...Int64(range.upperBound) * 1000)
        case .duration(let range): return duration(text, range)
        default: return nil
        }
    }

    private func duration(_ text: String, _ range: ClosedRange<Int64>) -> Mismatch? {
        do throws(Quantity.Problem) {
            let (seconds, attoseconds) = try Quantity.duration(text).components
            let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
            return outside(milliseconds, range, text, Self.time(range.lowerBound), Self.time(range.upperBound))
        } catch {
            return Mismatch(message: "is \(text): it \(error.message)")
        }
    }

    private func outside<Number: Comparable>(
        _ number: Number, _ range: ClosedRange<Number>, _ text: String, _ least: String, _ most: String
    ) -> Mismatch? {
        range.contains(number) ? nil : Mismatch(message: "is \(text); it goes from \(least) to \(most)")
    }

    private static func size(_ octets: Int) -> String {
        for (unit, size) in [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]
        where octets >= size && octets % size == 0 {
            return "\(octets / size)\(unit)"
        }
        return "\(octets)"
    }

    private static func time(_ milliseconds: Int64) -> String {
        for (unit, size) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)] as [(String, Int64)]
        where milliseconds >= size && milliseconds % size == 0 { return "\(milliseconds / size)\(unit)" }
        return "\(milliseconds)ms"
    }
}
