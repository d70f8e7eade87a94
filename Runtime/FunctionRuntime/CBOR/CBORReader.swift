import MailTypes

/// Why octets are not CBOR that is taken here.
public struct CBORProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// A sentence's end for whoever sent them.
    public let description: String
}

/// Reads CBOR (RFC 8949) as far as JSON has a shape for it: what AWS's protocol Smithy RPC v2 sends.
///
/// Octet strings become base64 text, as members of that kind are in JSON. Tags are left away: of those that the protocol has, a
/// moment stays the number of its seconds. `undefined` is null.
public struct CBORReader {
    /// Deepest nesting taken.
    static let depthMax = 32

    private let octets: Octets
    private var place = 0
    private var depth = 0

    private init(_ octets: Octets) { self.octets = octets }

    /// Reads one item that fills the octets.
    public static func value(_ octets: Octets) throws(CBORProblem) -> JSONValue {
        var reader = CBORReader(octets)
        let value = try reader.item()
        guard reader.place == octets.count else { throw CBORProblem(description: "there are octets behind it") }
        return value
    }

    /// An item's first octet, and the number that belongs to it; nil for an indefinite length or a break.
    private mutating func head() throws(CBORProblem) -> (major: UInt8, info: UInt8, number: UInt64?) {
        let first = try next()
        let (major, info) = (first >> 5, first & 31)
        switch info {
        case 0..<24: return (major, info, UInt64(info))
        case 24...27:
            var number: UInt64 = 0
            for _ in 0..<(1 << (info - 24)) { number = number << 8 | UInt64(try next()) }
            return (major, info, number)
        case 31: return (major, info, nil)
        default: throw CBORProblem(description: "a length is malformed")
        }
    }

    private mutating func item() throws(CBORProblem) -> JSONValue {
        guard let value = try itemOrBreak() else { throw CBORProblem(description: "it ends in the wrong place") }
        return value
    }

    /// Nil for the end of what has no definite length.
    private mutating func itemOrBreak() throws(CBORProblem) -> JSONValue? {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthMax else { throw CBORProblem(description: "it is nested too deeply") }
        let (major, info, number) = try head()
        switch major {
        case 0: return Self.integer(try definite(number))
        case 1:
            let number = try definite(number)
            return number <= UInt64(Int64.max) ? .integer(-1 - Int64(number)) : .number(-1 - Double(number))
        case 2: return .string(Base64.encode(try string(major, number)).text)
        case 3:
            guard let text = String(validating: try string(major, number), as: UTF8.self) else {
                throw CBORProblem(description: "a text is not UTF-8")
            }
            return .string(text)
        case 4:
            var elements: [JSONValue] = []
            while number.map({ elements.count < $0 }) ?? true, let element = try element(number) {
                elements.append(element)
            }
            return .array(elements)
        case 5:
            var (object, count): (JSONObject, UInt64) = (JSONObject(), 0)
            while number.map({ count < $0 }) ?? true, let name = try element(number) {
                guard let name = name.string else { throw CBORProblem(description: "a member's name is no text") }
                object[name] = try item()
                count += 1
            }
            return .object(object)
        case 6:
            _ = try definite(number)
            return try item()
        default: return try simple(info, number)
        }
    }

    /// The next element of an array or a map; nil at the end of one without a definite length.
    private mutating func element(_ number: UInt64?) throws(CBORProblem) -> JSONValue? {
        number == nil ? try itemOrBreak() : try item()
    }

    private static func integer(_ number: UInt64) -> JSONValue {
        number <= UInt64(Int64.max) ? .integer(Int64(number)) : .number(Double(number))
    }

    private func definite(_ number: UInt64?) throws(CBORProblem) -> UInt64 {
        guard let number else { throw CBORProblem(description: "a length is malformed") }
        return number
    }

    /// The octets of a string, or of its pieces where its length is not known beforehand.
    private mutating func string(_ major: UInt8, _ number: UInt64?) throws(CBORProblem) -> Octets {
        if let number { return try take(number) }
        var whole: Octets = []
        while true {
            let piece = try head()
            if piece.major == 7, piece.number == nil { return whole }
            guard piece.major == major, let count = piece.number else {
                throw CBORProblem(description: "a piece of a string is none")
            }
            whole += try take(count)
        }
    }

    /// Truth, nothing, or a floating-point number of 16, 32 or 64 bits; nil for a break.
    private func simple(_ info: UInt8, _ number: UInt64?) throws(CBORProblem) -> JSONValue? {
        guard let number else { return nil }
        switch info {
        case 20: return false
        case 21: return true
        case 22, 23: return .null
        case 25: return .number(Double(Float16(bitPattern: UInt16(number))))
        case 26: return .number(Double(Float(bitPattern: UInt32(number))))
        case 27: return .number(Double(bitPattern: number))
        default: throw CBORProblem(description: "a simple value is not known")
        }
    }

    private mutating func next() throws(CBORProblem) -> UInt8 {
        guard place < octets.count else { throw CBORProblem(description: "it is cut off") }
        defer { place += 1 }
        return octets[place]
    }

    private mutating func take(_ count: UInt64) throws(CBORProblem) -> Octets {
        guard count <= UInt64(octets.count - place) else { throw CBORProblem(description: "it is cut off") }
        defer { place += Int(count) }
        return Octets(octets[place..<(place + Int(count))])
    }
}
