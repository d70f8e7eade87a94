import MailTypes

/// Times as signatures write them.
enum SignatureTime {
    /// `20260102T030405Z`.
    static func text(_ moment: Timestamp) -> String {
        let t = moment.civil
        var text: Octets = []
        text.reserveCapacity(16)
        func digits(_ value: Int, _ unit: Int) {
            var unit = unit
            while value / unit > 9 { unit *= 10 }
            while unit > 0 {
                text.append(0x30 + UInt8(value.magnitude / UInt(unit) % 10))
                unit /= 10
            }
        }
        digits(t.year, 1000)
        digits(t.month, 10)
        digits(t.day, 10)
        text.append(0x54)
        digits(t.hour, 10)
        digits(t.minute, 10)
        digits(t.second, 10)
        text.append(0x5A)
        return text.text
    }

    /// Reads `20260102T030405Z`; nil for anything else, impossible dates included.
    static func read(_ text: String) -> Timestamp? {
        var text = text
        return text.withUTF8 { read($0) }
    }

    private static func read(_ octets: UnsafeBufferPointer<UInt8>) -> Timestamp? {
        guard octets.count == 16, octets[8] == 0x54, octets[15] == 0x5A else { return nil }
        func number(_ range: Range<Int>) -> Int? {
            var number = 0
            for place in range {
                guard octets[place].isASCIIDigit else { return nil }
                number = number * 10 + Int(octets[place] - 0x30)
            }
            return number
        }
        guard let year = number(0..<4), let month = number(4..<6), let day = number(6..<8), let hour = number(9..<11),
            let minute = number(11..<13), let second = number(13..<15), (1...12).contains(month)
        else { return nil }
        let moment = Timestamp(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
        // Fields out of range carry over: then the moment is another.
        let t = moment.civil
        let isSame = t.day == day && t.hour == hour && t.minute == minute && t.second == second
        return isSame ? moment : nil
    }

    /// Reads an IMF-fixdate, `Fri, 02 Jan 2026 03:04:05 GMT` (RFC 9110 §5.6.7), by trying what it must look like.
    static func readDate(_ text: String) -> Timestamp? {
        let parts = text.split(separator: " ")
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard parts.count == 6, let day = Int(parts[1]), let month = months.firstIndex(of: String(parts[2])),
            let year = Int(parts[3]), (1970...9999).contains(year)
        else { return nil }
        let clock = parts[4].split(separator: ":").compactMap { Int($0) }
        guard clock.count == 3, (1...31).contains(day), clock.allSatisfy({ (0...60).contains($0) }) else { return nil }
        let moment = Timestamp(
            year: year, month: month + 1, day: day, hour: clock[0], minute: clock[1], second: clock[2])
        return moment.httpDate == text ? moment : nil
    }
}
