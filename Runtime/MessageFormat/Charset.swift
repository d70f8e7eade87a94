import Glibc
import MailTypes

/// Character sets of mail, made UTF-8.
public enum Charset {
    /// Text of octets in a character set, nil when nobody knows the set. Octets that mean nothing in it become U+FFFD.
    ///
    /// UTF-8, US-ASCII, ISO-8859-1 and windows-1252 are read here; every other set is the C library's (iconv).
    /// UTF-7 is not a set we read: it hides octets from everybody who scans (reference/faults.md F30).
    public static func decode(_ octets: Octets, charset: String) -> String? {
        let name = charset.asciiLowercased
        switch name {
        case "utf-8", "utf8", "us-ascii", "ascii", "ansi_x3.4-1968", "":
            return String(decoding: octets, as: UTF8.self)
        case "iso-8859-1", "latin1", "iso8859-1", "iso_8859-1", "windows-1252", "cp1252":
            // Everybody who says ISO-8859-1 and uses 0x80-0x9F means windows-1252 (WHATWG Encoding §4.2).
            return windows1252(octets)
        case "utf-7", "utf7", "unicode-1-1-utf-7": return nil
        default: return isName(name) ? convert(octets, from: aliases[name] ?? name) : nil
        }
    }

    /// Names that mail uses and the C library does not know, or knows for less than senders mean by them.
    private static let aliases = [
        "iso-8859-8-i": "iso-8859-8", "iso-8859-8-e": "iso-8859-8", "iso-8859-6-i": "iso-8859-6",
        "iso-8859-6-e": "iso-8859-6",
        "ks_c_5601-1987": "cp949", "euc-kr": "cp949", "x-sjis": "cp932", "shift_jis": "cp932", "shift-jis": "cp932",
        "gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "x-euc-jp": "euc-jp", "x-mac-roman": "macintosh",
    ]

    /// iconv takes options after `//` and paths are not for peers to name.
    private static func isName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 40
            && name.utf8.allSatisfy {
                $0.isASCIILetter || $0.isASCIIDigit || $0 == 0x2D || $0 == 0x5F || $0 == 0x2E || $0 == 0x3A
            }
            && !name.utf8.starts(with: [0x2E]) && !name.contains("utf-7") && !name.contains("utf7")
    }

    private static func windows1252(_ octets: Octets) -> String {
        if octets.allSatisfy({ $0 < 0x80 }) { return String(decoding: octets, as: UTF8.self) }
        var text = ""
        text.reserveCapacity(octets.count * 2)
        for octet in octets {
            let value = 0x80...0x9F ~= octet ? upper1252[Int(octet) - 0x80] : UInt16(octet)
            text.unicodeScalars.append(Unicode.Scalar(value) ?? "\u{FFFD}")
        }
        return text
    }

    private static let upper1252: [UInt16] = [
        0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0xFFFD,
        0x017D, 0xFFFD, 0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A,
        0x0153, 0xFFFD, 0x017E, 0x0178,
    ]

    private static func convert(_ octets: Octets, from name: String) -> String? {
        let descriptor = iconv_open("UTF-8", name)
        guard Int(bitPattern: descriptor) != -1 else { return nil }
        defer { iconv_close(descriptor) }
        var result: Octets = []
        result.reserveCapacity(octets.count * 2)
        var input = octets
        let capacity = 4096
        var output = Octets(repeating: 0, count: capacity)
        input.withUnsafeMutableBytes { input in
            output.withUnsafeMutableBytes { output in
                var source = input.baseAddress?.assumingMemoryBound(to: CChar.self)
                var left = input.count
                while left > 0 {
                    var target = output.baseAddress?.assumingMemoryBound(to: CChar.self)
                    var room = capacity
                    let status = iconv(descriptor, &source, &left, &target, &room)
                    let reason = errno
                    result.append(contentsOf: output[..<(capacity - room)])
                    if Int(bitPattern: UInt(bitPattern: status)) != -1 || reason == E2BIG { continue }
                    // One octet that means nothing (or a cut sequence at the end) is one replacement character.
                    result.append(contentsOf: [0xEF, 0xBF, 0xBD])
                    source = source.map { $0 + 1 }
                    left -= 1
                    if reason == EINVAL { break }
                }
                // Back to the initial shift state, for the sets that have one.
                var target = output.baseAddress?.assumingMemoryBound(to: CChar.self)
                var room = capacity
                _ = iconv(descriptor, nil, nil, &target, &room)
                result.append(contentsOf: output[..<(capacity - room)])
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
