import FunctionRuntime
import MailTypes

/// Request line and header section, understood: what is asked, and where the body ends.
struct RequestHead: Sendable, Equatable {
    /// Where the body ends (RFC 9112 §6.3).
    enum Framing: Sendable, Equatable {
        case length(Int)
        case chunked
    }

    let method: String
    /// As on the wire; `/` for an absolute-form target without a path, `*` for `OPTIONS *`.
    let path: String
    let query: String
    let minorVersion: Int
    var fields: HTTPFields
    let framing: Framing
    /// What the peer wishes for the connection (RFC 9112 §9.3).
    let keepsAlive: Bool
    let expectsContinue: Bool

    /// Reads a head that ends in its empty line.
    init(_ head: UnsafeRawBufferPointer, limits: HTTPLimits) throws(HTTPRefusal) {
        guard let lineFeed = head.firstIndex(of: .lf) else { throw .bareLineFeed }
        let line = try RequestLine(head[..<lineFeed].dropLast(), limits: limits)
        var fields = try FieldReader.read(head[(lineFeed + 1)...], limit: limits.fieldCount)
        let governing = Governing(fields)
        let hosts = governing.hosts
        // RFC 9112 §3.2: exactly one Host in HTTP/1.1, and never two.
        guard hosts.count == 1 || hosts.count == 0 && line.minorVersion == 0 else {
            throw HTTPRefusal(400, hosts.count == 0 ? "the Host field is missing" : "there are two Host fields")
        }
        if let host = hosts.first, !RequestLine.isHost(host.utf8) {
            throw HTTPRefusal(400, "the Host field is malformed")
        }
        // RFC 9112 §3.2.2: the target's authority replaces Host.
        if let authority = line.authority { fields["Host"] = authority }
        method = line.method
        path = line.path
        query = line.query
        minorVersion = line.minorVersion
        framing = try Self.framing(of: governing, minorVersion: minorVersion, limits: limits)
        let wishes = governing.hasConnection ? Self.list(fields.values(of: "Connection")) : []
        if wishes.contains("close") {
            keepsAlive = false
        } else {
            keepsAlive = minorVersion >= 1 || wishes.contains("keep-alive")
        }
        // RFC 9110 §10.1.1: 1.0 clients do not mean it; anything but 100-continue cannot be met.
        let expectations = governing.hasExpect ? Self.list(fields.values(of: "Expect")) : []
        if minorVersion >= 1, let other = expectations.first(where: { $0 != "100-continue" }) {
            throw HTTPRefusal(417, other.isEmpty ? "the Expect field is empty" : "only 100-continue can be expected")
        }
        expectsContinue = minorVersion >= 1 && !expectations.isEmpty
        self.fields = fields
    }

    /// The fields that say whom a request is for and where it ends, found in one pass.
    private struct Governing {
        /// The first value of a name, and how many there are.
        struct Found {
            var first: String?
            var count = 0

            mutating func add(_ value: String) {
                if count == 0 { first = value }
                count += 1
            }
        }

        var (hosts, lengths, codings) = (Found(), Found(), Found())
        var (hasConnection, hasExpect) = (false, false)

        init(_ fields: HTTPFields) {
            for field in fields.fields {
                func isNamed(_ name: String) -> Bool { field.name.utf8.equalsIgnoringASCIICase(name.utf8) }
                switch field.name.utf8.count {
                case 4: if isNamed("Host") { hosts.add(field.value) }
                case 6: hasExpect = hasExpect || isNamed("Expect")
                case 10: hasConnection = hasConnection || isNamed("Connection")
                case 14: if isNamed("Content-Length") { lengths.add(field.value) }
                case 17: if isNamed("Transfer-Encoding") { codings.add(field.value) }
                default: break
                }
            }
        }
    }

    /// Decides where the body ends, refusing everything a second reader could see otherwise (RFC 9112 §6.3, §11.2).
    private static func framing(of fields: Governing, minorVersion: Int, limits: HTTPLimits) throws(HTTPRefusal)
        -> Framing
    {
        let (lengths, codings) = (fields.lengths, fields.codings)
        if codings.count > 0 {
            guard minorVersion >= 1 else { throw HTTPRefusal(400, "HTTP/1.0 has no Transfer-Encoding") }
            guard lengths.count == 0 else {
                throw HTTPRefusal(400, "both Content-Length and Transfer-Encoding are given")
            }
            guard codings.count == 1, let coding = codings.first else {
                throw HTTPRefusal(400, "there are two Transfer-Encoding fields")
            }
            guard coding.asciiLowercased == "chunked" else {
                throw HTTPRefusal(501, "the only transfer coding here is chunked")
            }
            return .chunked
        }
        guard let text = lengths.first else { return .length(0) }
        // One field of digits only: RFC 9112 §6.3 would allow equal repetitions, but who sends them is confused.
        guard lengths.count == 1, !text.isEmpty, text.utf8.allSatisfy(\.isASCIIDigit), let length = Int(text) else {
            throw HTTPRefusal(400, "the Content-Length is not one number")
        }
        guard length <= limits.bodyOctets else { throw .bodyTooLarge }
        return .length(length)
    }

    /// The members of comma-separated lists, in lower case.
    private static func list(_ values: [String]) -> [String] {
        values.flatMap { value in
            value.asciiLowercased.utf8.split(separator: 0x2C, omittingEmptySubsequences: false).map { member in
                var member = member
                while let blank = member.first, blank.isBlank { member = member.dropFirst() }
                while let blank = member.last, blank.isBlank { member = member.dropLast() }
                return String(member) ?? ""
            }
        }
    }
}
