import MailTypes
import Synchronization

/// A resolver for tests that knows these names and nothing else: `Zone(["example.org": [.mx(10, "mx.example.org")]])`.
public final class Zone: Resolver {
    private let names: [String: [DNSRecord]]
    private let failures: [String: ResolverFailure]
    private let isSecure: Bool
    private let asked = Mutex<[String]>([])

    /// A zone of these names, and names whose every question fails so.
    public init(
        _ names: [String: [DNSRecord]], failing failures: [String: ResolverFailure] = [:], isSecure: Bool = false
    ) {
        self.names = names
        self.failures = failures
        self.isSecure = isSecure
    }

    /// Every question so far, `example.org MX`.
    public var questions: [String] { asked.withLock { $0 } }

    public func resolve(_ name: String, _ type: DNSRecordType) async throws(ResolverFailure) -> DNSAnswer {
        var name = name.asciiLowercased
        if name.hasSuffix(".") { name.removeLast() }
        asked.withLock { $0.append("\(name) \(type.rawValue)") }
        for _ in 0..<8 {
            if let failure = failures[name] { throw failure }
            guard let records = names[name] else {
                return DNSAnswer(records: [], isSecure: isSecure, nameExists: false, canonicalName: name)
            }
            let alias = records.lazy.compactMap { record -> String? in
                guard case .cname(let target) = record else { return nil }
                return target
            }.first
            guard type != .cname, let alias else {
                return DNSAnswer(
                    records: records.filter { $0.type == type }, isSecure: isSecure, canonicalName: name,
                    ttlSeconds: 300)
            }
            name = alias.asciiLowercased
        }
        throw .temporary("aliases of \(name) go in a circle")
    }
}
