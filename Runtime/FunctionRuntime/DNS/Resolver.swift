import MailTypes

/// Asks the DNS. The executable gives one that recurses and validates (libunbound); tests give a `Zone`.
public protocol Resolver: Sendable {
    /// The records of one type at a name, aliases followed.
    ///
    /// - Parameter name: in A-labels, with or without the closing dot, in any case.
    /// - Returns: an answer without records when the name or the type does not exist: that is a fact, not a failure.
    /// - Throws: `.bogus` when signatures do not fit, so that nobody mistakes a forged answer for "nothing there"
    ///   (RFC 7672 §2.1.1), `.temporary` when nobody could be asked.
    func resolve(_ name: String, _ type: DNSRecordType) async throws(ResolverFailure) -> DNSAnswer
}

/// What can be asked for.
public enum DNSRecordType: String, Sendable, Hashable, CaseIterable {
    case a = "A"
    case aaaa = "AAAA"
    case mx = "MX"
    case txt = "TXT"
    case tlsa = "TLSA"
    case ptr = "PTR"
    case cname = "CNAME"

    /// The type's number (RFC 1035 §3.2.2, RFC 3596, RFC 6698).
    public var number: UInt16 {
        switch self {
        case .a: 1
        case .cname: 5
        case .ptr: 12
        case .mx: 15
        case .txt: 16
        case .aaaa: 28
        case .tlsa: 52
        }
    }
}

/// What the DNS said.
public struct DNSAnswer: Sendable, Hashable {
    /// The records in the order they came, all of the type that was asked for.
    public let records: [DNSRecord]
    /// True when the answer, "no such record" included, was validated up to a trust anchor (DNSSEC). False says that the
    /// zone is not signed, which is no accusation.
    public let isSecure: Bool
    /// False when the name itself does not exist (NXDOMAIN).
    public let nameExists: Bool
    /// The name at the end of the aliases, lower-case, without the closing dot.
    public let canonicalName: String
    /// How long the answer may be kept.
    public let ttlSeconds: Int

    /// An answer of these facts.
    public init(
        records: [DNSRecord], isSecure: Bool = false, nameExists: Bool = true, canonicalName: String,
        ttlSeconds: Int = 0
    ) {
        self.records = records
        self.isSecure = isSecure
        self.nameExists = nameExists
        self.canonicalName = canonicalName
        self.ttlSeconds = ttlSeconds
    }
}

/// Why there is no answer.
public enum ResolverFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// No server answered in time, or it could not do its work: try again later.
    case temporary(String)
    /// Signatures were demanded by the parent zone and do not fit. Never treated as an absent record.
    case bogus(String)

    public var description: String {
        switch self {
        case .temporary(let reason): "the DNS did not answer: \(reason)"
        case .bogus(let reason): "the DNS answer is not genuine: \(reason)"
        }
    }
}
