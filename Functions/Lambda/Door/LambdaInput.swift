import FunctionRuntime
import MailTypes

/// Members of a request's JSON body, each checked as it is read. `null` is the same as nothing.
struct LambdaInput: Sendable {
    private let object: JSONObject

    init(_ object: JSONObject) { self.object = object }

    subscript(name: String) -> JSONValue? {
        guard let value = object[name], !value.isNull else { return nil }
        return value
    }

    /// A text; nil when it is missing.
    func text(_ name: String, upTo most: Int = .max) throws -> String? {
        guard let value = self[name] else { return nil }
        guard let text = value.string else { throw Self.wrongType(name) }
        guard text.unicodeScalars.count <= most else {
            throw LambdaFailure.constraint(
                Self.member(name), text, "Member must have length less than or equal to \(most)")
        }
        return text
    }

    /// A text that has to be there.
    func required(_ name: String, upTo most: Int = .max) throws -> String {
        guard let text = try text(name, upTo: most) else { throw Self.missing(name) }
        return text
    }

    /// A whole number within a range; nil when it is missing.
    func integer(_ name: String, _ range: ClosedRange<Int>) throws -> Int? {
        guard let value = self[name] else { return nil }
        guard let number = value.integer else { throw Self.wrongType(name) }
        guard number >= range.lowerBound else {
            throw LambdaFailure.constraint(
                Self.member(name), "\(number)", "Member must have value greater than or equal to \(range.lowerBound)")
        }
        guard number <= range.upperBound else {
            throw LambdaFailure.constraint(
                Self.member(name), "\(number)", "Member must have value less than or equal to \(range.upperBound)")
        }
        return Int(number)
    }

    func flag(_ name: String) throws -> Bool? {
        guard let value = self[name] else { return nil }
        guard let flag = value.bool else { throw Self.wrongType(name) }
        return flag
    }

    /// One of these words; nil when it is missing.
    func word(_ name: String, _ words: [String]) throws -> String? {
        guard let text = try text(name) else { return nil }
        guard words.contains(text) else {
            throw LambdaFailure.constraint(
                Self.member(name), text, "Member must satisfy enum value set: [\(words.joined(separator: ", "))]")
        }
        return text
    }

    func structure(_ name: String) throws -> LambdaInput? {
        guard let value = self[name] else { return nil }
        guard let object = value.object else { throw Self.wrongType(name) }
        return LambdaInput(object)
    }

    func texts(_ name: String, upTo most: Int) throws -> [String]? {
        guard let value = self[name] else { return nil }
        guard let list = value.array else { throw Self.wrongType(name) }
        guard list.count <= most else {
            throw LambdaFailure.constraint(
                Self.member(name), "\(list.count) elements", "Member must have length less than or equal to \(most)")
        }
        return try list.map { element in
            guard let text = element.string else { throw Self.wrongType(name) }
            return text
        }
    }

    /// Names and texts: tags, environment variables.
    func map(_ name: String) throws -> [String: String]? {
        guard let value = self[name] else { return nil }
        guard let object = value.object else { throw Self.wrongType(name) }
        var map: [String: String] = [:]
        for (key, value) in object.members {
            guard let text = value.string else { throw Self.wrongType(name) }
            map[key] = text
        }
        return map
    }

    /// `functionName`, as sentences of the service's front end have it.
    private static func member(_ name: String) -> String { name.prefix(1).asciiLowercased + name.dropFirst() }

    private static func wrongType(_ name: String) -> LambdaFailure {
        LambdaFailure(.serialization, "\(name) does not have the type it needs")
    }

    private static func missing(_ name: String) -> LambdaFailure {
        LambdaFailure(
            .validation,
            "1 validation error detected: Value null at '\(member(name))' failed to satisfy constraint: Member must not be null"
        )
    }
}

extension Substring {
    fileprivate var asciiLowercased: String { String(self).asciiLowercased }
}
