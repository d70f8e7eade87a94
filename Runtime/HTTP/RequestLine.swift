import FunctionRuntime
import MailTypes

/// `GET /path?query HTTP/1.1` (RFC 9112 §3).
struct RequestLine: Equatable {
    let method: String
    let path: String
    let query: String
    /// Host and port of an absolute-form target; nil in every other form.
    let authority: String?
    /// 0 or 1; a later 1.x is spoken to as 1.1 (RFC 9110 §2.5).
    let minorVersion: Int

    /// Reads the line without its CRLF. Single blanks only: RFC 9112 §3 warns of lenient splitting.
    init(_ line: Slice<UnsafeRawBufferPointer>, limits: HTTPLimits) throws(HTTPRefusal) {
        let malformed = HTTPRefusal(400, "the request line is malformed")
        guard let methodEnd = line.firstIndex(of: .space), methodEnd > line.startIndex else { throw malformed }
        let method = line[..<methodEnd]
        guard method.allSatisfy({ FieldReader.isToken($0) }) else { throw malformed }
        guard method.count <= limits.methodOctets else { throw HTTPRefusal(501, "the method is not known here") }
        let afterMethod = line[(methodEnd + 1)...]
        guard let targetEnd = afterMethod.firstIndex(of: .space) else { throw malformed }
        let target = afterMethod[..<targetEnd]
        guard target.count <= limits.targetOctets else { throw .targetTooLong }
        self.method = String(decoding: method, as: UTF8.self)
        minorVersion = try Self.minorVersion(afterMethod[(targetEnd + 1)...], malformed)
        // A fragment never travels (RFC 9110 §4.2.5); everything else visible is taken as it is.
        guard !target.isEmpty, target.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x23 }) else {
            throw HTTPRefusal(400, "the request target is malformed")
        }
        (authority, path, query) = try Self.split(target, method: self.method)
    }

    private static func minorVersion(_ text: Slice<UnsafeRawBufferPointer>, _ malformed: HTTPRefusal)
        throws(HTTPRefusal) -> Int
    {
        guard text.count == 8, text.starts(with: "HTTP/".utf8) else { throw malformed }
        let (major, point, minor) = (text[text.endIndex - 3], text[text.endIndex - 2], text[text.endIndex - 1])
        guard major.isASCIIDigit, point == 0x2E, minor.isASCIIDigit else { throw malformed }
        switch major {
        case 0x30: throw malformed
        case 0x31: return minor == 0x30 ? 0 : 1
        default: throw HTTPRefusal(505, "this server speaks HTTP/1.1")
        }
    }

    /// Takes the four forms of a target apart (RFC 9112 §3.2).
    private static func split(_ target: Slice<UnsafeRawBufferPointer>, method: String) throws(HTTPRefusal)
        -> (authority: String?, path: String, query: String)
    {
        if method == "CONNECT" { throw HTTPRefusal(405, "this server is not a proxy") }
        if target.first == 0x2F {
            let (path, query) = try pathAndQuery(target)
            return (nil, path, query)
        }
        if target.elementsEqual([0x2A]), method == "OPTIONS" { return (nil, "*", "") }
        guard let colon = target.firstIndex(of: 0x3A),
            target[..<colon].equalsIgnoringASCIICase("http".utf8)
                || target[..<colon].equalsIgnoringASCIICase("https".utf8),
            target[(colon + 1)...].starts(with: "//".utf8)
        else { throw HTTPRefusal(400, "the request target is malformed") }
        let rest = target[(colon + 3)...]
        let end = rest.firstIndex { $0 == 0x2F || $0 == 0x3F } ?? rest.endIndex
        guard isHost(rest[..<end]) else { throw HTTPRefusal(400, "the request target has no valid host") }
        let (path, query) = try pathAndQuery(rest[end...])
        return (String(decoding: rest[..<end], as: UTF8.self), path, query)
    }

    private static func pathAndQuery(_ text: Slice<UnsafeRawBufferPointer>) throws(HTTPRefusal) -> (String, String) {
        let mark = text.firstIndex(of: 0x3F) ?? text.endIndex
        let path = text[..<mark]
        if path.contains(0x25) {
            guard let decoded = PercentCoding.decode(path), !decoded.contains(0) else {
                throw HTTPRefusal(400, "the path is not well-formed percent-encoding")
            }
        }
        let query = mark == text.endIndex ? "" : String(decoding: text[(mark + 1)...], as: UTF8.self)
        return (path.isEmpty ? "/" : String(decoding: path, as: UTF8.self), query)
    }

    /// True for `host`, `host:port`, `[v6]`, `[v6]:port` (RFC 3986 §3.2.2). User names are refused (RFC 9110 §4.2.4).
    static func isHost(_ text: some BidirectionalCollection<UInt8>) -> Bool {
        let octets = Octets(text)
        guard !octets.isEmpty, octets.count <= 259 else { return false }
        let hostEnd: Int
        if octets[0] == 0x5B {
            guard let bracket = octets.firstIndex(of: 0x5D), bracket > 1 else { return false }
            guard octets[1..<bracket].allSatisfy({ isHexDigit($0) || $0 == 0x3A || $0 == 0x2E }) else { return false }
            hostEnd = bracket + 1
        } else {
            hostEnd = octets.firstIndex(of: 0x3A) ?? octets.count
            guard hostEnd > 0 else { return false }
            guard octets[..<hostEnd].allSatisfy({ PercentCoding.isUnreserved($0) || "!$&'()*+,;=%".utf8.contains($0) })
            else { return false }
        }
        guard hostEnd < octets.count else { return true }
        let port = octets[(hostEnd + 1)...]
        return octets[hostEnd] == 0x3A && port.count <= 5 && port.allSatisfy(\.isASCIIDigit)
    }

    private static func isHexDigit(_ octet: UInt8) -> Bool {
        octet.isASCIIDigit || (octet | 0x20) &- 0x61 < 6
    }
}
