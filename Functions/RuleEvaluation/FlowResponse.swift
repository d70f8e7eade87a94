import FunctionRuntime
import MailPolicy
import MailTypes

/// What a synchronous function answered, read and checked (reference/email-flow.md §4.3). A pure value: every rule about
/// answers is decided here and in `FlowResponse+Decisions`.
struct FlowResponse: Sendable, Hashable {
    /// What an action does, by its name on the wire.
    enum Kind: String, Sendable, CaseIterable {
        // In the order of restriction: when two actions name the same recipient, the first of these holds (§3.3).
        case drop = "DROP"
        case bounce = "BOUNCE"
        case moveToJunk = "MOVE_TO_JUNK"
        case `default` = "DEFAULT"
        case bypassSpamCheck = "BYPASS_SPAM_CHECK"

        /// Junk folders exist for inbound mail only.
        func isValid(_ direction: FlowDirection) -> Bool {
            direction == .inbound || self == .drop || self == .bounce || self == .default
        }
    }

    struct Action: Sendable, Hashable {
        var kind: Kind
        var bounceMessage: String?
        /// As the function wrote them: mostly addresses.
        var recipients: [String]
        var isForAll: Bool
    }

    /// Largest answer.
    static let limitOctets = 256 << 10
    /// Actions that count; what comes after them is left to the fallback.
    static let mostActions = 10
    /// Arrays and objects inside one another.
    static let mostDepth = 32
    /// Characters of a bounce message that are kept.
    static let bounceMessageCharacters = FlowRuleLimits.bounceMessageCharacters
    /// What one answer can ask to wait.
    static let waitSeconds = 1...86_400

    /// At most `mostActions`; empty when the function asks to wait.
    let actions: [Action]
    /// Actions beyond those.
    let excess: Int
    /// Seconds after which the function wants to be asked again: Mailroom's own extension, `{"wait":{"seconds":60}}`.
    let wait: Int?

    /// Reads an answer.
    ///
    /// - Shape: the JSON text as the function returned it. Members nobody knows are ignored.
    /// - Throws: `FlowResponseProblem` with a sentence for the function's author; the attempt counts as failed then.
    init(parsing octets: Octets, direction: FlowDirection) throws(FlowResponseProblem) {
        guard octets.count <= Self.limitOctets else {
            throw FlowResponseProblem("it has \(octets.count) octets; the limit is \(Self.limitOctets)")
        }
        let value: JSONValue
        do throws(JSONProblem) {
            value = try JSONValue(parsing: octets, limitOctets: Self.limitOctets, limitDepth: Self.mostDepth)
        } catch {
            throw FlowResponseProblem("it is not JSON: \(error)")
        }
        guard let answer = value.object else {
            throw FlowResponseProblem(value.isNull ? "it is null" : "it is not an object")
        }
        guard let member = answer["actions"], !member.isNull else {
            guard let wait = answer["wait"] else { throw FlowResponseProblem("it has no actions") }
            self.wait = try Self.seconds(wait)
            (actions, excess) = ([], 0)
            return
        }
        guard let list = member.array else { throw FlowResponseProblem("actions is not a list") }
        guard !list.isEmpty else { throw FlowResponseProblem("actions is empty") }
        var actions: [Action] = []
        for (index, element) in list.prefix(Self.mostActions).enumerated() {
            actions.append(try Self.action(element, "actions[\(index)]", direction))
        }
        self.actions = actions
        excess = max(0, list.count - Self.mostActions)
        wait = nil
    }

    private static func seconds(_ value: JSONValue) throws(FlowResponseProblem) -> Int {
        guard let seconds = value["seconds"]?.integer, let count = Int(exactly: seconds), waitSeconds.contains(count)
        else {
            throw FlowResponseProblem(
                "wait.seconds has to be \(waitSeconds.lowerBound) to \(waitSeconds.upperBound)")
        }
        return count
    }

    private static func action(_ value: JSONValue, _ place: String, _ direction: FlowDirection)
        throws(FlowResponseProblem) -> Action
    {
        guard let element = value.object else { throw FlowResponseProblem("\(place) is not an object") }
        guard let action = element["action"]?.object else {
            throw FlowResponseProblem("\(place).action is not an object")
        }
        guard let name = action["type"]?.string else { throw FlowResponseProblem("\(place).action.type is not a text") }
        guard let kind = Kind(rawValue: name), kind.isValid(direction) else {
            let names = Kind.allCases.filter { $0.isValid(direction) }.map(\.rawValue)
            throw FlowResponseProblem(
                "\(place).action.type is \"\(name.prefix(64))\"; \(direction.rawValue.asciiLowercased) mail knows "
                    + names.joined(separator: ", "))
        }
        let all = try isForAll(element["allRecipients"], place)
        return Action(
            kind: kind, bounceMessage: kind == .bounce ? try bounceMessage(action["parameters"], place) : nil,
            recipients: try recipients(element["recipients"], place, areNeeded: !all), isForAll: all)
    }

    /// AWS's own samples write the text `'true'` (§4.3).
    private static func isForAll(_ value: JSONValue?, _ place: String) throws(FlowResponseProblem) -> Bool {
        switch value {
        case nil, .null: return false
        case .bool(let flag): return flag
        case .string(let text) where text.asciiLowercased == "true": return true
        case .string(let text) where text.asciiLowercased == "false": return false
        default: throw FlowResponseProblem("\(place).allRecipients is neither true nor false")
        }
    }

    private static func recipients(_ value: JSONValue?, _ place: String, areNeeded: Bool)
        throws(FlowResponseProblem) -> [String]
    {
        guard let value, !value.isNull else {
            guard areNeeded else { return [] }
            throw FlowResponseProblem("\(place) names neither recipients nor allRecipients")
        }
        guard let elements = value.array else { throw FlowResponseProblem("\(place).recipients is not a list") }
        var recipients: [String] = []
        recipients.reserveCapacity(elements.count)
        for element in elements {
            guard let text = element.string else {
                throw FlowResponseProblem("\(place).recipients holds no plain text")
            }
            recipients.append(text)
        }
        return recipients
    }

    /// The text for the bounce, on one line: what a function writes must not become structure of a report.
    private static func bounceMessage(_ value: JSONValue?, _ place: String) throws(FlowResponseProblem) -> String? {
        guard let value, !value.isNull else { return nil }
        guard let parameters = value.object else {
            throw FlowResponseProblem("\(place).action.parameters is no object")
        }
        guard let message = parameters["bounceMessage"], !message.isNull else { return nil }
        guard let text = message.string else { throw FlowResponseProblem("\(place): bounceMessage is not a text") }
        let clean = text.unicodeScalars.prefix(bounceMessageCharacters).map { scalar -> Character in
            scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) ? " " : Character(scalar)
        }
        return clean.isEmpty ? nil : String(clean)
    }
}

/// Why an answer is none.
struct FlowResponseProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// For the function's author.
    let description: String
    init(_ description: String) { self.description = description }
}
