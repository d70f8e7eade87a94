import MailTypes

/// A password by chance, as GetRandomPassword and GenerateSecretString want it.
public struct RandomPassword: Sendable {
    public var length = 32
    public var excluded = ""
    public var excludesNumbers = false
    public var excludesPunctuation = false
    public var excludesUppercase = false
    public var excludesLowercase = false
    public var includesSpace = false
    /// At least one character of each kind that is not excluded.
    public var requiresEachType = true

    /// 32 characters of all kinds.
    public init() {}

    /// A password, nil when nothing is left to make it of or it is too short for each kind.
    public func make(from random: any RandomSource) -> String? {
        let kinds = [
            excludesUppercase ? "" : "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
            excludesLowercase ? "" : "abcdefghijklmnopqrstuvwxyz",
            excludesNumbers ? "" : "0123456789",
            excludesPunctuation ? "" : "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", includesSpace ? " " : "",
        ].map { kind in Octets(kind.utf8.filter { !excluded.utf8.contains($0) }) }.filter { !$0.isEmpty }
        let all = kinds.flatMap { $0 }
        guard !all.isEmpty, !requiresEachType || kinds.count <= length else { return nil }
        var letters = requiresEachType ? kinds.map { $0[Self.below($0.count, random)] } : []
        while letters.count < length { letters.append(all[Self.below(all.count, random)]) }
        // Fisher and Yates: those that had to be there stand anywhere.
        for index in letters.indices.reversed() { letters.swapAt(index, Self.below(index + 1, random)) }
        return Octets(letters).text
    }

    /// An even choice: the few numbers at the top that would favour the first ones are drawn again.
    private static func below(_ count: Int, _ random: any RandomSource) -> Int {
        let count = UInt64(count)
        while true {
            let number = random.next()
            if number < UInt64.max - UInt64.max % count { return Int(number % count) }
        }
    }
}
