import MailTypes

/// A function as somebody names it: `name`, `name:qualifier`, `123456789012:function:name`, or an ARN, each with a
/// qualifier or without (reference/functions.md §2).
public struct FunctionReference: Sendable, Hashable {
    public var name: String
    /// `$LATEST`, a version's number or an alias.
    public var qualifier: String?
    public var account: String?
    public var region: String?

    /// Reads a name; nil when it is none.
    public init?(_ text: String) {
        // No ARN of a function is longer (the model's maximum).
        guard text.utf8.count <= 200 else { return nil }
        // A name alone, as most callers write it.
        if Self.isName(text) {
            name = text
            return
        }
        var parts = text.utf8.split(separator: 0x3A, omittingEmptySubsequences: false).map { String(Substring($0)) }
        if parts.count >= 7, parts[0] == "arn", parts[2] == "lambda", parts[5] == "function" {
            (region, account) = (parts[3], parts[4])
            parts.removeFirst(6)
        } else if parts.count >= 3, parts[1] == "function" {
            account = parts[0]
            parts.removeFirst(2)
        } else if parts.count >= 2, parts[0] == "function" {
            parts.removeFirst()
        }
        guard (1...2).contains(parts.count), Self.isName(parts[0]) else { return nil }
        name = parts[0]
        qualifier = parts.count == 2 ? parts[1] : nil
        if let account, account.utf8.count != 12 || !account.utf8.allSatisfy(\.isASCIIDigit) { return nil }
        if let qualifier, !Self.isQualifier(qualifier) { return nil }
    }

    /// 1 to 64 characters of `[A-Za-z0-9-_]`.
    public static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && text.utf8.allSatisfy(isNameCharacter)
    }

    /// `$LATEST`, or 1 to 128 characters of `[A-Za-z0-9-_]`.
    public static func isQualifier(_ text: String) -> Bool {
        text == LambdaFunction.latest || (1...128).contains(text.utf8.count) && text.utf8.allSatisfy(isNameCharacter)
    }

    private static func isNameCharacter(_ octet: UInt8) -> Bool {
        octet.isASCIILetter || octet.isASCIIDigit || octet == 0x2D || octet == 0x5F
    }
}
