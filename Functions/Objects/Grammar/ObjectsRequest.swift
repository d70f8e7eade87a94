import FunctionRuntime
import MailTypes

/// A request with its bucket and key told apart, whichever way they are addressed.
struct ObjectsRequest: Sendable {
    /// Octets of a key.
    static let keyOctets = 1024

    var http: HTTPRequest
    /// Nil for the service itself.
    let bucket: String?
    /// Nil for the bucket itself.
    let key: String?
    private let items: [String: String]

    /// Reads a request.
    /// - Parameter hosts: names under which `bucket.name` addresses a bucket, in lower case.
    init(_ http: HTTPRequest, hosts: [String]) throws {
        self.http = http
        items = Dictionary(http.queryItems.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        var path = http.path.utf8.dropFirst()
        if let bucket = Self.bucket(ofHost: http.headers["Host"] ?? "", hosts) {
            self.bucket = bucket
        } else if path.isEmpty {
            bucket = nil
        } else {
            let end = path.firstIndex(of: 0x2F) ?? path.endIndex
            bucket = try Self.decoded(path[..<end])
            path = path[end...].dropFirst()
        }
        let key = path.isEmpty ? nil : try Self.decoded(path)
        guard key.map({ $0.utf8.count <= Self.keyOctets }) ?? true else {
            throw ObjectsFailure(400, "KeyTooLongError", "Your key is too long")
        }
        self.key = key
    }

    private static func decoded(_ part: some Sequence<UInt8>) throws -> String {
        guard let text = PercentCoding.decode(part).flatMap({ String(validating: $0, as: UTF8.self) }) else {
            throw ObjectsFailure(400, "InvalidURI", "Couldn't parse the specified URI.")
        }
        return text
    }

    /// `box` of `box.localhost:8080`; nil for the host itself, and for addresses in numbers.
    static func bucket(ofHost host: String, _ hosts: [String]) -> String? {
        var host = Substring(host.asciiLowercased)
        if let colon = host.utf8.lastIndex(of: 0x3A), !host.utf8[colon...].contains(0x5D) { host = host[..<colon] }
        for suffix in hosts where host.hasSuffix("." + suffix) {
            let bucket = host.dropLast(suffix.utf8.count + 1)
            if BucketName.isValid(String(bucket)) { return String(bucket) }
        }
        return nil
    }

    var method: String { http.method }

    /// The value of a query item; empty for `?name`, nil when there is none.
    func item(_ name: String) -> String? { items[name] }
    func has(_ name: String) -> Bool { items[name] != nil }

    /// A field's value; also of the query's item of that name, as presigned addresses have it.
    func field(_ name: String) -> String? { http.headers[name] ?? (name.hasPrefix("x-amz-") ? items[name] : nil) }

    /// A whole number of a query item.
    func number(_ name: String, _ range: ClosedRange<Int>, default fallback: Int) throws -> Int {
        guard let text = items[name], !text.isEmpty else { return fallback }
        guard text.utf8.count <= 10, text.utf8.allSatisfy(\.isASCIIDigit), let number = Int(text),
            range.contains(number)
        else {
            throw ObjectsFailure.invalidArgument(
                "\(name) must be a number from \(range.lowerBound) to \(range.upperBound)", name, text)
        }
        return number
    }

    /// The version asked for; nil for the current one.
    var version: String? { items["versionId"].flatMap { $0.isEmpty ? nil : $0 } }
}
