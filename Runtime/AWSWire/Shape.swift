import FunctionRuntime
import MailTypes

/// What a member of an operation's input may hold, as the service model declares it.
public struct Shape: Sendable {
    /// Why a value is outside its restrictions.
    public enum Problem: Error, Sendable {
        /// Another JSON type than the model's: what it should have been.
        case type(String)
        /// The same of a member, as a sentence.
        case typeOf(String)
        /// The right type, the wrong value; a sentence to stand behind the member's name.
        case value(String)

        /// What is wrong, in words.
        public var sentence: String {
            switch self {
            case .type(let sentence), .typeOf(let sentence), .value(let sentence): sentence
            }
        }
    }

    let check: @Sendable (JSONValue) throws(Problem) -> Void
    /// The value that a text of the Query protocol stands for: there everything is written as text.
    let read: @Sendable (JSONValue) -> JSONValue

    init(
        read: @escaping @Sendable (JSONValue) -> JSONValue = { $0 },
        check: @escaping @Sendable (JSONValue) throws(Problem) -> Void
    ) {
        (self.read, self.check) = (read, check)
    }

    /// A text of so many characters that the model's pattern takes.
    public static func text(
        _ length: ClosedRange<Int>, _ what: String? = nil,
        _ isRight: @escaping @Sendable (String) -> Bool = { _ in true }
    ) -> Shape {
        Shape { value throws(Problem) in
            guard let text = value.string else { throw .type("a string") }
            guard length.contains(text.unicodeScalars.count) else {
                throw .value("has to have \(length.lowerBound) to \(length.upperBound) characters")
            }
            guard isRight(text) else { throw .value(what ?? "has not the form it needs") }
        }
    }

    /// One of these words.
    public static func oneOf(_ words: String...) -> Shape {
        Shape { value throws(Problem) in
            guard let text = value.string else { throw .type("a string") }
            guard words.contains(text) else { throw .value("has to be one of \(words.joined(separator: ", "))") }
        }
    }

    /// A whole number in this range.
    public static func integer(_ range: ClosedRange<Int64>) -> Shape {
        Shape(read: { $0.string.flatMap { Int64($0) }.map { .integer($0) } ?? $0 }) { value throws(Problem) in
            guard let number = value.integer else { throw .type("a whole number") }
            guard range.contains(number) else {
                throw .value("has to be \(range.lowerBound) to \(range.upperBound)")
            }
        }
    }

    /// Any number.
    public static let number = Shape(read: { $0.string.flatMap { Double($0) }.map { .number($0) } ?? $0 }) {
        value throws(Problem) in
        guard let number = value.number else { throw .type("a number") }
        guard number.isFinite else { throw .value("has to be finite") }
    }

    /// A moment: seconds since 1970, or RFC 3339 in the Query protocol.
    public static let moment = Shape(read: { value in
        value.string.flatMap { Timestamp(rfc3339: $0) }.map { .timestamp($0) } ?? value
    }) { value throws(Problem) in
        guard value.number?.isFinite == true else { throw .type("a moment") }
    }

    /// True or false.
    public static let boolean = Shape(read: { ["true": true, "false": false][$0.string ?? ""] ?? $0 }) {
        value throws(Problem) in
        guard value.bool != nil else { throw .type("true or false") }
    }

    /// Anything.
    public static let any = Shape { _ throws(Problem) in }

    /// At most so many elements of one shape.
    public static func list(_ count: ClosedRange<Int>, of element: Shape) -> Shape {
        Shape(read: { $0.array.map { .array($0.map(element.read)) } ?? $0 }) { value throws(Problem) in
            guard let elements = value.array else { throw .type("a list") }
            guard count.contains(elements.count) else {
                throw .value("has to have \(count.lowerBound) to \(count.upperBound) elements")
            }
            for each in elements { try element.check(each) }
        }
    }

    /// An object of these members; others are ignored.
    public static func structure(_ members: Member...) -> Shape {
        Shape(read: { value in
            guard var object = value.object else { return value }
            for member in members { member.readText(&object) }
            return .object(object)
        }) { value throws(Problem) in
            guard let object = value.object else { throw .type("an object") }
            for member in members { try member.check(object) }
        }
    }
}

/// A named member with its shape.
public struct Member: Sendable {
    let name: String
    let shape: Shape
    let isRequired: Bool

    /// A member that has to be there.
    public static func required(_ name: String, _ shape: Shape) -> Member {
        Member(name: name, shape: shape, isRequired: true)
    }
    /// A member that may be missing.
    public static func optional(_ name: String, _ shape: Shape) -> Member {
        Member(name: name, shape: shape, isRequired: false)
    }

    /// Checks the member of an object. `null` is the same as nothing (reference/workmail-api.md §1.1).
    public func check(_ object: JSONObject) throws(Shape.Problem) {
        guard let value = object[name], !value.isNull else {
            if isRequired { throw .value("\(name) is required") }
            return
        }
        do throws(Shape.Problem) {
            try shape.check(value)
        } catch .type(let wanted) {
            throw .typeOf("\(name) has to be \(wanted)")
        } catch .typeOf(let sentence) {
            throw .typeOf("\(name): \(sentence)")
        } catch .value(let sentence) {
            throw .value("\(name) \(sentence)")
        }
    }

    /// Turns the member's texts into what they stand for.
    func readText(_ object: inout JSONObject) {
        if let value = object[name] { object[name] = shape.read(value) }
    }
}
