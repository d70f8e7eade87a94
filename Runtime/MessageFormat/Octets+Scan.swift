import Glibc
import MailTypes

/// Octets somebody else keeps alive, for scanning. Subscripts are checked in debug builds, where the fuzzers run.
typealias OctetView = UnsafeBufferPointer<UInt8>

extension UnsafeBufferPointer<UInt8> {
    /// The first place of an octet in `start..<end`, nil when it is not there.
    @inline(__always)
    func firstIndex(of octet: UInt8, from start: Int, to end: Int) -> Int? {
        guard start < end, let base = baseAddress,
            let found = memchr(base + start, Int32(octet), end - start)
        else { return nil }
        return UnsafeRawPointer(found) - UnsafeRawPointer(base)
    }

    /// The place after the LF that ends the line at `start`, or `end` when none does.
    @inline(__always)
    func lineEnd(from start: Int, to end: Int) -> Int {
        firstIndex(of: .lf, from: start, to: end).map { $0 + 1 } ?? end
    }

    /// Where the line that ends at `end` would end without its CRLF or LF.
    @inline(__always)
    func withoutLineEnd(_ start: Int, _ end: Int) -> Int {
        guard end > start, self[end - 1] == .lf else { return end }
        return end - 1 > start && self[end - 2] == .cr ? end - 2 : end - 1
    }

    /// True when the octets of this range are these ASCII letters, whatever their case. The text is in lower case.
    @inline(__always)
    func matches(_ start: Int, _ end: Int, _ lowercase: StaticString) -> Bool {
        guard end - start == lowercase.utf8CodeUnitCount else { return false }
        let text = lowercase.utf8Start
        for index in 0..<(end - start) where self[start + index].asciiLowercased != text[index] { return false }
        return true
    }

    /// A copy of a range.
    @inline(__always)
    func copy(_ start: Int, _ end: Int) -> Octets { Octets(UnsafeBufferPointer(rebasing: self[start..<end])) }

    /// A range as text in ASCII lower case, repaired where it is not UTF-8.
    func lowercased(_ start: Int, _ end: Int) -> String {
        String(decoding: self[start..<end].lazy.map(\.asciiLowercased), as: UTF8.self)
    }

    /// The value of a header field: without folding, without blanks around it. CR and NUL inside become blanks, so that
    /// the value fits where a line is written (reference/faults.md F11). At most so many octets of it.
    func unfolded(_ start: Int, _ end: Int, limit: Int = .max) -> Octets {
        var (start, end) = (start, end)
        while start < end, self[start].isBlank || self[start] == .cr || self[start] == .lf { start += 1 }
        while start < end, self[end - 1].isBlank || self[end - 1] == .cr || self[end - 1] == .lf { end -= 1 }
        if end - start > limit { end = start + limit }
        guard start < end, let base = baseAddress else { return [] }
        let isPlain =
            memchr(base + start, 0x0A, end - start) == nil && memchr(base + start, 0x0D, end - start) == nil
            && memchr(base + start, 0, end - start) == nil
        if isPlain { return copy(start, end) }
        var value: Octets = []
        value.reserveCapacity(end - start)
        var index = start
        while index < end {
            let octet = self[index]
            switch octet {
            case .lf: break
            case .cr: if index + 1 >= end || self[index + 1] != .lf { value.append(.space) }
            case 0: value.append(.space)
            default: value.append(octet)
            }
            index += 1
        }
        return value
    }
}
