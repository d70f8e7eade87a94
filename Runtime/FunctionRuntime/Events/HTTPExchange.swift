import MailTypes

/// Who an authorizer says is calling.
public enum Caller: Codable, Sendable, Hashable {
    case anonymous
    /// A user of a mailbox, by password.
    case user(Entity)
    /// A holder of an access key: key id, principal, signing region and service.
    case key(id: String, principal: String, region: String, service: String)
}

/// The answer to an HTTP request.
public struct HTTPResponse: Codable, Sendable {
    public var status: Int
    public var headers: HTTPFields
    public var body: HTTPBody

    /// An answer of these parts.
    public init(_ status: Int, headers: HTTPFields = HTTPFields(), body: HTTPBody = .empty) {
        (self.status, self.headers, self.body) = (status, headers, body)
    }

    /// An answer of one text.
    public init(_ status: Int, type: String, _ text: String) {
        self.init(status, headers: ["Content-Type": type], body: .octets(Octets(text: text)))
    }
}

/// Header fields in their order; names compare without case.
public struct HTTPFields: Codable, Sendable, Hashable, ExpressibleByDictionaryLiteral {
    public struct Field: Codable, Sendable, Hashable {
        public var name: String
        public var value: String
        public init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
    }

    public private(set) var fields: [Field]

    /// Fields in this order.
    public init(_ fields: [Field] = []) { self.fields = fields }
    public init(dictionaryLiteral elements: (String, String)...) { fields = elements.map { Field($0.0, $0.1) } }

    /// The first value of a name; setting replaces all of that name.
    public subscript(name: String) -> String? {
        get {
            for index in fields.indices where fields[index].name.utf8.equalsIgnoringASCIICase(name.utf8) {
                return fields[index].value
            }
            return nil
        }
        set {
            fields.removeAll { $0.name.utf8.equalsIgnoringASCIICase(name.utf8) }
            if let newValue { fields.append(Field(name, newValue)) }
        }
    }

    /// All values of a name, in order.
    public func values(of name: String) -> [String] {
        var values: [String] = []
        for index in fields.indices where fields[index].name.utf8.equalsIgnoringASCIICase(name.utf8) {
            values.append(fields[index].value)
        }
        return values
    }

    /// The first value of a name, and how many there are.
    public func first(of name: String) -> (value: String?, count: Int) {
        var (value, count): (String?, Int) = (nil, 0)
        for index in fields.indices where fields[index].name.utf8.equalsIgnoringASCIICase(name.utf8) {
            if count == 0 { value = fields[index].value }
            count += 1
        }
        return (value, count)
    }

    /// Adds a field, keeping others of its name.
    public mutating func append(_ name: String, _ value: String) { fields.append(Field(name, value)) }
}

/// The body of a request or an answer.
public enum HTTPBody: Sendable, Codable {
    case octets(Octets)
    /// Octets as they come, with their number when it is known beforehand.
    case stream(any OctetStream, length: Int?)

    /// No body.
    public static let empty = HTTPBody.octets([])

    /// All octets; throws `HTTPBodyTooLarge` past the limit.
    public func collect(upTo limitOctets: Int) async throws -> Octets {
        switch self {
        case .octets(let octets):
            guard octets.count <= limitOctets else { throw HTTPBodyTooLarge(limitOctets: limitOctets) }
            return octets
        case .stream(let stream, let length):
            if let length, length > limitOctets { throw HTTPBodyTooLarge(limitOctets: limitOctets) }
            var all: Octets = []
            while let next = try await stream.next() {
                all += next
                guard all.count <= limitOctets else { throw HTTPBodyTooLarge(limitOctets: limitOctets) }
            }
            return all
        }
    }

    private enum CodingKeys: String, CodingKey { case text, base64 }

    /// Reads `{"text": …}` or `{"base64": …}`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if let text = try container.decodeIfPresent(String.self, forKey: .text) {
            self = .octets(Octets(text: text))
        } else {
            let encoded = try container.decodeIfPresent(String.self, forKey: .base64) ?? ""
            self = .octets(Base64.decode(Octets(text: encoded)) ?? [])
        }
    }

    /// Writes UTF-8 as text and everything else as base64; a stream writes nothing of itself.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        guard case .octets(let octets) = self else { return try container.encode("", forKey: .text) }
        if let text = String(validating: octets, as: UTF8.self) {
            try container.encode(text, forKey: .text)
        } else {
            try container.encode(Base64.encode(octets).text, forKey: .base64)
        }
    }
}

/// A body exceeded the most octets its reader takes.
public struct HTTPBodyTooLarge: Error, Sendable, Equatable {
    public let limitOctets: Int
    public init(limitOctets: Int) { self.limitOctets = limitOctets }
}

/// Octets that come piece by piece to one reader.
public protocol OctetStream: AnyObject, Sendable {
    /// The next octets, nil at the end.
    func next() async throws -> Octets?
}
