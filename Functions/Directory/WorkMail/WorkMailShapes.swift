import AWSWire
import FunctionRuntime
import MailPolicy
import MailTypes

// The shapes of the WorkMail model (2017-10-01) that its operations share.
extension Shape {
    static let organizationID = text(34...34, "is no organization id") { text in
        text.hasPrefix("m-") && text.utf8.dropFirst(2).allSatisfy { $0.isASCIIDigit || (0x61...0x66).contains($0) }
    }
    static let entityIdentifier = text(1...256, "is no id, name or address") { text in
        text.utf8.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || "._%+@-".utf8.contains($0) }
    }
    static let workMailIdentifier = text(12...256)
    static let email = text(1...254, "is no e-mail address") { isEmail($0) }
    static let domainName = text(3...255, "is no domain") { isDomain($0) }
    static let mailDomainName = text(3...209, "is no domain") { isDomain($0) }
    static let userName = text(1...64, "is no user name") { NamePolicy.isUserName($0) }
    static let resourceName = text(1...20, "is no resource name") { NamePolicy.isResourceName($0) }
    static let groupName = text(1...256, "is no group name") { NamePolicy.isGroupName($0) }
    static let alias = text(1...62, "has to be letters and digits in groups joined by dashes, not starting with d-") {
        NamePolicy.isOrganizationAlias($0)
    }
    static let attribute = text(0...256)
    static let password = text(0...256, "holds a character that passwords do not take") { text in
        text.unicodeScalars.allSatisfy { (0x20...0xFF).contains($0.value) }
    }
    static let clientToken = text(1...128, "is no token") { $0.utf8.allSatisfy { (0x21...0x7E).contains($0) } }
    static let deviceID = text(1...32, "is no device id") { text in
        text.utf8.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit }
    }
    static let latinText = text(1...256, "holds a character that is not taken here") { text in
        text.unicodeScalars.allSatisfy { (0x20...0xFF).contains($0.value) }
    }
    static let webAddress = text(1...256, "is no address of a web server") { isWebAddress($0) }
    static let lambdaARN = text(49...256, "is no ARN of a function") { isLambdaARN($0) }
    static let identityProviderUser = text(0...47)
    static let maxResults = integer(1...100)
    static let nextToken = text(1...1024)
    static let entityState = oneOf("ENABLED", "DISABLED", "DELETED")
    static let role = oneOf("USER", "RESOURCE", "SYSTEM_USER", "REMOTE_USER")
    static let prefix = text(0...256)

    /// `[a-zA-Z0-9._%+-]{1,64}@[a-zA-Z0-9.-]+\.[a-zA-Z-]{2,}`, and an address by the mail grammar.
    private static func isEmail(_ text: String) -> Bool {
        guard let address = Address(text), let dot = address.domain.lastIndex(of: ".") else { return false }
        let top = address.domain[address.domain.index(after: dot)...]
        return address.localPart.utf8.allSatisfy {
            $0.isASCIILetter || $0.isASCIIDigit || "._%+-".utf8.contains($0)
        } && isDomain(address.domain) && top.utf8.count >= 2 && top.utf8.allSatisfy { $0.isASCIILetter || $0 == 0x2D }
    }

    /// `https?://[A-Za-z0-9.-]+(:[0-9]+)?/.*`
    private static func isWebAddress(_ text: String) -> Bool {
        guard let scheme = ["https://", "http://"].first(where: { text.hasPrefix($0) }) else { return false }
        let rest = text.utf8.dropFirst(scheme.utf8.count)
        guard let slash = rest.firstIndex(of: 0x2F), !text.utf8.contains(0x0A) else { return false }
        let place = rest[..<slash].split(separator: 0x3A, omittingEmptySubsequences: false)
        return (1...2).contains(place.count) && place.allSatisfy { !$0.isEmpty }
            && isDomain(String(Substring(place[0]))) && (place.count == 1 || place[1].allSatisfy(\.isASCIIDigit))
    }

    /// `arn:aws:lambda:[a-z]{2}-[a-z]+-\d{1}:\d{12}:function:[a-zA-Z0-9\-_\.]+(:(\$LATEST|[a-zA-Z0-9\-_]+))?`
    private static func isLambdaARN(_ text: String) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (7...8).contains(parts.count), parts[..<3] == ["arn", "aws", "lambda"], parts[5] == "function" else {
            return false
        }
        let region = parts[3].utf8.split(separator: 0x2D, omittingEmptySubsequences: false)
        func isWord(_ part: Substring, also extra: String) -> Bool {
            !part.isEmpty
                && part.utf8.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || extra.utf8.contains($0) }
        }
        return region.count == 3 && region[0].count == 2 && !region[1].isEmpty && region[2].count == 1
            && region[..<2].joined().allSatisfy { (0x61...0x7A).contains($0) } && region[2].allSatisfy(\.isASCIIDigit)
            && parts[4].utf8.count == 12 && parts[4].utf8.allSatisfy(\.isASCIIDigit) && isWord(parts[6], also: "-_.")
            && (parts.count == 7 || parts[7] == "$LATEST" || isWord(parts[7], also: "-_"))
    }

    private static func isDomain(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || $0 == 0x2E || $0 == 0x2D }
    }
}
