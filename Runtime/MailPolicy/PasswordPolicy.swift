/// Which passwords are taken (reference/workmail-api.md §4): 8 to 63 characters of Basic Latin and Latin-1 Supplement,
/// from at least three of five classes.
public struct PasswordPolicy: Sendable, Hashable {
    /// Characters a password has at least.
    public var minimumCharacters: Int
    /// Characters a password has at most.
    public var maximumCharacters: Int
    /// Classes a password takes characters from at least.
    public var minimumClasses: Int

    /// WorkMail's policy unless told otherwise.
    public init(minimumCharacters: Int = 8, maximumCharacters: Int = 63, minimumClasses: Int = 3) {
        self.minimumCharacters = minimumCharacters
        self.maximumCharacters = maximumCharacters
        self.minimumClasses = minimumClasses
    }

    private enum CharacterClass { case upper, lower, digit, special, latin1 }

    /// What is wrong with a password, each a sentence that does not repeat it; empty when it is taken.
    public func problems(with password: String) -> [String] {
        var classes: Set<CharacterClass> = []
        var count = 0
        var foreign = false
        for scalar in password.unicodeScalars {
            count += 1
            switch scalar.value {
            case 0x41...0x5A: classes.insert(.upper)
            case 0x61...0x7A: classes.insert(.lower)
            case 0x30...0x39: classes.insert(.digit)
            case 0x20...0x7E: classes.insert(.special)
            case 0xA0...0xFF: classes.insert(.latin1)
            default: foreign = true
            }
        }
        var problems: [String] = []
        if count < minimumCharacters { problems.append("the password has fewer than \(minimumCharacters) characters") }
        if count > maximumCharacters { problems.append("the password has more than \(maximumCharacters) characters") }
        if foreign { problems.append("the password holds a character beyond Basic Latin and Latin-1 Supplement") }
        if classes.count < minimumClasses {
            problems.append(
                "the password needs \(minimumClasses) of: upper case, lower case, digit, special, Latin-1 Supplement")
        }
        return problems
    }
}
