extension Timestamp {
    /// Reads `2026-05-04T10:00:00.123Z` or with an offset such as `+02:00`; nil for anything else (RFC 3339 §5.6).
    public init?(rfc3339 text: String) {
        let octets = Octets(text.utf8)
        func number(_ range: Range<Int>) -> Int? {
            guard range.upperBound <= octets.count, octets[range].allSatisfy(\.isASCIIDigit) else { return nil }
            return octets[range].reduce(0) { $0 * 10 + Int($1 - 0x30) }
        }
        func has(_ letters: String, at place: Int) -> Bool {
            place < octets.count && letters.utf8.contains(octets[place])
        }
        guard let year = number(0..<4), has("-", at: 4), let month = number(5..<7), has("-", at: 7),
            let day = number(8..<10), has("Tt ", at: 10), let hour = number(11..<13), has(":", at: 13),
            let minute = number(14..<16), has(":", at: 16), let second = number(17..<19), (1...12).contains(month),
            (1...31).contains(day), hour < 24, minute < 60, second <= 60
        else { return nil }
        var place = 19
        var milliseconds = 0
        if has(".", at: place) {
            let digits = octets[(place + 1)...].prefix { $0.isASCIIDigit }
            guard !digits.isEmpty else { return nil }
            for (digit, weight) in zip(digits, [100, 10, 1]) { milliseconds += Int(digit - 0x30) * weight }
            place += 1 + digits.count
        }
        var offset = 0
        if has("+-", at: place) {
            guard let hours = number(place + 1..<place + 3), has(":", at: place + 3),
                let minutes = number(place + 4..<place + 6), hours < 24, minutes < 60, octets.count == place + 6
            else { return nil }
            offset = (hours * 60 + minutes) * (octets[place] == 0x2D ? -1 : 1)
        } else {
            guard has("Zz", at: place), octets.count == place + 1 else { return nil }
        }
        let local = Timestamp(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
        self.init(milliseconds: local.milliseconds + Int64(milliseconds) - Int64(offset) * 60_000)
    }
}
