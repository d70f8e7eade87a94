import MailTypes

/// Date fields (RFC 5322 §3.3), with the obsolete forms of §4.3 and the slips of common senders.
public enum DateField {
    /// The moment a value names, nil when it names none: `Fri, 20 Nov 2026 17:36:18 +0100 (CET)`, two-digit years, zone
    /// names, a missing weekday, zone or seconds. Years are 1900 to 9999 (reference/faults.md F38).
    public static func parse(_ value: Octets) -> Timestamp? {
        var tokens = words(value)[...]
        // A weekday, with or without its comma.
        if let first = tokens.first, first.allSatisfy(\.isASCIILetter), month(first) == nil || tokens.count > 5 {
            tokens.removeFirst()
        }
        guard tokens.count >= 3 else { return nil }
        var day: Int
        var monthNumber: Int
        if let number = number(tokens[tokens.startIndex], digits: 1...2),
            let named = month(tokens[tokens.startIndex + 1])
        {
            (day, monthNumber) = (number, named)
        } else if let named = month(tokens[tokens.startIndex]),
            let number = number(tokens[tokens.startIndex + 1], digits: 1...2)
        {
            // ctime: `Nov 20 17:36:18 2026`
            (day, monthNumber) = (number, named)
            if tokens.count >= 4, tokens[tokens.startIndex + 2].contains(0x3A) {
                tokens.swapAt(tokens.startIndex + 2, tokens.startIndex + 3)
            }
        } else {
            return nil
        }
        guard (1...31).contains(day), var year = number(tokens[tokens.startIndex + 2], digits: 2...4) else {
            return nil
        }
        if year < 50 { year += 2000 } else if year < 1000 { year += 1900 }
        guard (1900...9999).contains(year), day <= days(in: monthNumber, of: year) else { return nil }
        tokens = tokens.dropFirst(3)
        var time = (hour: 0, minute: 0, second: 0)
        if let clock = tokens.first, clock.contains(0x3A) {
            guard let read = readClock(clock) else { return nil }
            time = read
            tokens.removeFirst()
        }
        let offset = tokens.first.flatMap(zone) ?? 0
        let local = Timestamp(
            year: year, month: monthNumber, day: day, hour: time.hour, minute: time.minute, second: time.second)
        return Timestamp(milliseconds: local.milliseconds - Int64(offset) * 60000)
    }

    /// The value with a blank for each comment and no blanks around colons: `09(c):   55  : 06` is one word
    /// (RFC 5322 §4.3).
    private static func tidied(_ value: Octets) -> Octets {
        var result: Octets = []
        result.reserveCapacity(value.count)
        var depth = 0
        for octet in value {
            if octet == 0x28 { depth += 1 }
            let isText = depth == 0 && !octet.isBlank
            if octet == 0x29, depth > 0 { depth -= 1 }
            if !isText {
                if let last = result.last, last != .space, last != 0x3A { result.append(.space) }
            } else {
                if octet == 0x3A, result.last == .space { result.removeLast() }
                result.append(octet)
            }
        }
        return result
    }

    /// Words between blanks, commas and hyphens of old dates; the first few.
    private static func words(_ raw: Octets) -> [ArraySlice<UInt8>] {
        let value = tidied(raw)
        var words: [ArraySlice<UInt8>] = []
        var start: Int?
        for (index, octet) in value.enumerated() {
            let ends = octet.isBlank || octet == 0x2C || octet == 0x29
            // `20-Nov-2026`: a hyphen after a letter or before one parts words; that of `-0500` does not.
            let isDateHyphen =
                octet == 0x2D && start != nil && index + 1 < value.count
                && (value[index - 1].isASCIILetter || value[index + 1].isASCIILetter)
            if ends || isDateHyphen {
                if let first = start { words.append(value[first..<index]) }
                start = nil
                if words.count > 8 { return words }
            } else if start == nil {
                start = index
            }
        }
        if let start { words.append(value[start...]) }
        return words
    }

    private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

    private static func month(_ word: ArraySlice<UInt8>) -> Int? {
        guard word.count >= 3, word.allSatisfy(\.isASCIILetter) else { return nil }
        return months.firstIndex { word.prefix(3).equalsIgnoringASCIICase($0.utf8) }.map { $0 + 1 }
    }

    private static func number(_ word: ArraySlice<UInt8>, digits: ClosedRange<Int>) -> Int? {
        guard digits.contains(word.count), word.allSatisfy(\.isASCIIDigit) else { return nil }
        return word.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400)) ? 29 : 28
        default: 31
        }
    }

    private static func readClock(_ word: ArraySlice<UInt8>) -> (hour: Int, minute: Int, second: Int)? {
        let fields = word.split(separator: 0x3A, omittingEmptySubsequences: false)
        guard (2...3).contains(fields.count), let hour = number(fields[0], digits: 1...2), hour < 24,
            let minute = number(fields[1], digits: 1...2), minute < 60
        else { return nil }
        guard fields.count == 3 else { return (hour, minute, 0) }
        // Fractions are not in the standard; senders write them. 60 is a leap second.
        let whole = fields[2].prefix { $0 != 0x2E }
        guard let second = number(whole, digits: 1...2), second <= 60 else { return nil }
        return (hour, minute, second)
    }

    /// Minutes east of UTC. An unknown name counts as UTC (RFC 5322 §4.3); offsets beyond a day mean nothing.
    private static func zone(_ word: ArraySlice<UInt8>) -> Int? {
        if let sign = word.first, sign == 0x2B || sign == 0x2D {
            guard let value = number(word.dropFirst(), digits: 4...4), value / 100 < 24, value % 100 < 60 else {
                return nil
            }
            let minutes = value / 100 * 60 + value % 100
            return sign == 0x2D ? -minutes : minutes
        }
        let hours = ["est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7]
        return hours[String(decoding: word, as: UTF8.self).asciiLowercased].map { $0 * 60 }
    }
}
