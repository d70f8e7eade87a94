import MailTypes

/// What a flow rule may hold (reference/email-flow.md §3, §4, §10).
public enum FlowRuleLimits {
    /// Sender patterns of one rule, and destination patterns of one rule.
    public static let patternsPerRule = 250
    /// Sender patterns of all rules of an organization, and destination patterns of all of them.
    public static let patternsPerOrganization = 1000
    /// Characters of a rule's name.
    public static let nameCharacters = 64
    /// Characters of a bounce message.
    public static let bounceMessageCharacters = 1024
    /// Minutes a synchronous function is tried again (§4.4).
    public static let timeoutMinutes = 0...240

    /// What is wrong with an organization's rules of both directions taken together; empty when nothing is.
    public static func problems(ofOrganization rules: [FlowRule]) -> [String] {
        let limit = patternsPerOrganization
        let senders = rules.reduce(0) { $0 + $1.senderPatterns.count }
        let recipients = rules.reduce(0) { $0 + $1.recipientPatterns.count }
        var problems: [String] = []
        if senders > limit {
            problems.append("the organization's rules hold \(senders) sender patterns; the limit is \(limit)")
        }
        if recipients > limit {
            problems.append("the organization's rules hold \(recipients) destination patterns; the limit is \(limit)")
        }
        return problems
    }
}

extension FlowRule {
    /// Everything that is wrong with the rule in this direction, each a sentence for the administrator; empty when
    /// the rule can be stored.
    public func problems(direction: FlowDirection) -> [String] {
        var problems = problemsOfName
        problems += Self.problems(of: senderPatterns, named: "sender")
        problems += Self.problems(of: recipientPatterns, named: "destination")
        switch action {
        case .drop, .default: break
        case .bounce(let message): problems += Self.problems(ofBounceMessage: message)
        case .junk, .neverJunk:
            if direction == .outbound { problems.append("Junk folders exist for inbound mail only") }
        case .smtpGateway(let gateway):
            if direction == .inbound { problems.append("an SMTP gateway takes outbound mail only") }
            if gateway.isEmpty { problems.append("the SMTP gateway has no name") }
        case .runLambda(let lambda): problems += self.problems(of: lambda, direction: direction)
        }
        return problems
    }

    private var problemsOfName: [String] {
        var problems: [String] = []
        if name.isEmpty { problems.append("the rule has no name") }
        if name.count > FlowRuleLimits.nameCharacters {
            problems.append("the name is longer than \(FlowRuleLimits.nameCharacters) characters")
        }
        if name.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }) {
            problems.append("the name holds a control character")
        }
        if name.first?.isWhitespace == true || name.last?.isWhitespace == true {
            problems.append("the name starts or ends with a blank")
        }
        return problems
    }

    private static func problems(of patterns: [String], named kind: String) -> [String] {
        guard !patterns.isEmpty else { return ["there is no \(kind) pattern; * stands for all"] }
        guard patterns.count <= FlowRuleLimits.patternsPerRule else {
            return ["\(patterns.count) \(kind) patterns; the limit is \(FlowRuleLimits.patternsPerRule)"]
        }
        return patterns.compactMap { pattern in
            do throws(FlowPatternProblem) {
                _ = try FlowPattern(parsing: pattern)
                return nil
            } catch {
                return "\(kind) pattern \"\(pattern)\" \(error.what)"
            }
        }
    }

    private static func problems(ofBounceMessage message: String?) -> [String] {
        guard let message else { return [] }
        var problems: [String] = []
        if message.count > FlowRuleLimits.bounceMessageCharacters {
            problems.append("the bounce message is longer than \(FlowRuleLimits.bounceMessageCharacters) characters")
        }
        if message.unicodeScalars.contains(where: { $0.value < 0x20 && $0 != "\n" && $0 != "\t" || $0.value == 0x7F }) {
            problems.append("the bounce message holds a control character")
        }
        return problems
    }

    private func problems(of lambda: LambdaRule, direction: FlowDirection) -> [String] {
        var problems: [String] = []
        if !FunctionARN.isWellFormed(lambda.functionARN) {
            problems.append("\"\(lambda.functionARN)\" is not arn:aws:lambda:REGION:ACCOUNT:function:NAME")
        }
        guard lambda.isSynchronous else {
            // Its answer is ignored, so there is nothing to fall back from (§4.1).
            if lambda.fallback != nil { problems.append("an asynchronous function has no fallback action") }
            return problems
        }
        if recipientPatterns != ["*"] {
            problems.append("a synchronous function decides for all recipients: its destination pattern can only be *")
        }
        switch lambda.fallback {
        case nil: problems.append("a synchronous function needs a fallback action")
        case .junk, .neverJunk:
            if direction == .outbound { problems.append("the fallback of an outbound rule is default, drop or bounce") }
        default: break
        }
        if !FlowRuleLimits.timeoutMinutes.contains(lambda.timeoutMinutes) {
            problems.append("the rule timeout is \(lambda.timeoutMinutes) minutes; it can be 0 to 240")
        }
        return problems
    }
}

/// `arn:aws:lambda:us-east-1:123456789012:function:name`, with an alias or version after another colon.
public enum FunctionARN {
    /// True when the text has this form.
    public static func isWellFormed(_ text: String) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 7 || parts.count == 8, parts[0] == "arn", parts[1] == "aws" || parts[1].hasPrefix("aws-"),
            parts[2] == "lambda", parts[5] == "function", parts[4].utf8.count == 12,
            parts[4].utf8.allSatisfy(\.isASCIIDigit), !parts[3].isEmpty
        else { return false }
        let names = [parts[3], parts[6]] + parts.dropFirst(7)
        return names.allSatisfy { name in
            (1...64).contains(name.utf8.count)
                && name.utf8.allSatisfy {
                    $0.isASCIILetter || $0.isASCIIDigit || $0 == 0x2D || $0 == 0x5F || $0 == 0x24
                }
        }
    }
}
