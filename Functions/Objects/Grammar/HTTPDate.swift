import MailTypes

/// Dates as clients write them.
enum HTTPDate {
    private static let months = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]

    /// `Fri, 20 Nov 2026 17:36:18 GMT` (RFC 9110 §5.6.7, IMF-fixdate); nil for the obsolete forms and all else.
    static func read(_ text: String) -> Timestamp? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[0].hasSuffix(","), words[5] == "GMT", let day = number(words[1], 1...31),
            let month = months.firstIndex(of: String(words[2]).asciiLowercased),
            let year = number(words[3], 1970...9999)
        else { return nil }
        let clock = words[4].split(separator: ":", omittingEmptySubsequences: false)
        guard clock.count == 3, let hour = number(clock[0], 0...23), let minute = number(clock[1], 0...59),
            let second = number(clock[2], 0...60)
        else { return nil }
        return Timestamp(year: year, month: month + 1, day: day, hour: hour, minute: minute, second: second)
    }

    /// `2026-11-20T00:00:00.000Z` or `2026-11-20`, as lifecycle rules have it.
    static func readISO(_ text: String) -> Timestamp? {
        let parts = text.split(separator: "T", maxSplits: 1)
        let date = (parts.first ?? "").split(separator: "-", omittingEmptySubsequences: false)
        guard date.count == 3, let year = number(date[0], 1970...9999), let month = number(date[1], 1...12),
            let day = number(date[2], 1...31)
        else { return nil }
        guard parts.count == 2 else { return Timestamp(year: year, month: month, day: day) }
        let clock = parts[1].prefix { $0 != "." && $0 != "Z" && $0 != "+" }.split(separator: ":")
        guard clock.count == 3, let hour = number(clock[0], 0...23), let minute = number(clock[1], 0...59),
            let second = number(clock[2], 0...60)
        else { return nil }
        return Timestamp(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
    }

    private static func number(_ text: Substring, _ range: ClosedRange<Int>) -> Int? {
        guard (1...4).contains(text.utf8.count), text.utf8.allSatisfy(\.isASCIIDigit), let number = Int(text),
            range.contains(number)
        else { return nil }
        return number
    }
}
