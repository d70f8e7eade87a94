import FunctionRuntime
import MailTypes

/// Flags, dates, and the arguments of STORE and APPEND.
extension SyntaxReader {
    /// `[SP "(" "UNCHANGEDSINCE" SP mod-sequence-valzer ")"] SP ["+" / "-"] "FLAGS" [".SILENT"] SP flags`
    mutating func storeOptions() throws(SyntaxFault) -> StoreOptions {
        var unchangedSince: ModSeq?
        if peek == 0x28 {
            try list(limit: limits.listItems) { (reader) throws(SyntaxFault) in
                guard try reader.word() == "UNCHANGEDSINCE" else { throw SyntaxFault("unknown store modifier") }
                try reader.space()
                unchangedSince = ModSeq(try reader.number64())
            }
            try space()
        }
        let sign: UInt8? = take(0x2B) ? 0x2B : take(0x2D) ? 0x2D : nil
        let isSilent: Bool
        switch try word() {
        case "FLAGS": isSilent = false
        case "FLAGS.SILENT": isSilent = true
        default: throw SyntaxFault("FLAGS expected")
        }
        try space()
        let flags = try flagsArgument()
        let change: FlagChange = sign == 0x2B ? .add(flags) : sign == 0x2D ? .remove(flags) : .set(flags)
        return StoreOptions(change: change, isSilent: isSilent, unchangedSince: unchangedSince)
    }

    /// `flag-list / (flag *(SP flag))`
    private mutating func flagsArgument() throws(SyntaxFault) -> Flags {
        if peek == 0x28 { return try flagList() }
        var flags = Flags()
        var count = 0
        repeat {
            count += 1
            guard count <= limits.flags else { throw SyntaxFault("too many flags") }
            try flag(into: &flags)
        } while take(.space)
        return flags
    }

    /// `flag-list = "(" [flag *(SP flag)] ")"`
    mutating func flagList() throws(SyntaxFault) -> Flags {
        var flags = Flags()
        try list(limit: limits.flags) { (reader) throws(SyntaxFault) in try reader.flag(into: &flags) }
        return flags
    }

    private mutating func flag(into flags: inout Flags) throws(SyntaxFault) {
        guard take(0x5C) else {
            let keyword = try atom()
            guard keyword.count <= limits.keywordOctets else { throw SyntaxFault("keyword too long") }
            return flags.insert(keyword: keyword.text)
        }
        let name = try atom()
        // \Recent is ours to give, and clients that send it back with the others mean no harm (RFC 3501 §2.3.2).
        if name.equalsIgnoringASCIICase("Recent".utf8) { return }
        guard
            let flag = Flags.System.named.first(where: { name.equalsIgnoringASCIICase($0.1.utf8.dropFirst()) })
        else { throw SyntaxFault("unknown system flag") }
        flags.system.insert(flag.0)
    }

    /// `date-time = DQUOTE date-day-fixed "-" date-month "-" date-year SP time SP zone DQUOTE`
    mutating func dateTime() throws(SyntaxFault) -> Timestamp {
        try expect(0x22)
        _ = take(.space)
        let (year, month, day) = try calendarDay()
        try space()
        let hour = try digits(2)
        try expect(0x3A)
        let minute = try digits(2)
        try expect(0x3A)
        let second = try digits(2)
        try space()
        let isEast = take(0x2B)
        if !isEast { try expect(0x2D) }
        let zone = try digits(4)
        try expect(0x22)
        guard hour < 24, minute < 60, second <= 60, zone % 100 < 60 else { throw SyntaxFault("bad time") }
        let offset = Int64(zone / 100 * 3600 + zone % 100 * 60)
        let local = Timestamp(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
        return Timestamp(seconds: local.seconds + (isEast ? -offset : offset))
    }

    /// `date = date-text / DQUOTE date-text DQUOTE`, as days since 1970.
    mutating func day() throws(SyntaxFault) -> Int {
        let isQuoted = take(0x22)
        let (year, month, day) = try calendarDay()
        if isQuoted { try expect(0x22) }
        return Int(Timestamp(year: year, month: month, day: day).seconds / 86400)
    }

    /// `date-day "-" date-month "-" date-year`
    private mutating func calendarDay() throws(SyntaxFault) -> (year: Int, month: Int, day: Int) {
        let day = Int(try number())
        try expect(0x2D)
        let name = try word3()
        try expect(0x2D)
        let year = try digits(4)
        guard let month = Self.months.firstIndex(of: name), (1...Self.days(in: month + 1, of: year)).contains(day)
        else {
            throw SyntaxFault("bad date")
        }
        return (year, month + 1, day)
    }

    private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: 31
        }
    }

    private mutating func word3() throws(SyntaxFault) -> String {
        var name = ""
        for _ in 0..<3 {
            guard let octet = peek, octet.isASCIILetter else { throw SyntaxFault("month expected") }
            name.unicodeScalars.append(Unicode.Scalar(octet.asciiLowercased))
            try expect(octet)
        }
        return name
    }

    private mutating func digits(_ count: Int) throws(SyntaxFault) -> Int {
        var value = 0
        for _ in 0..<count {
            guard let octet = peek, octet.isASCIIDigit else { throw SyntaxFault("digit expected") }
            value = value * 10 + Int(octet - 0x30)
            try expect(octet)
        }
        return value
    }
}
