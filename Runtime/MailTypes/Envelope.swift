/// What SMTP wraps a message in (RFC 5321 §2.3.1).
public struct Envelope: Hashable, Sendable, Codable {
    /// How the content was declared (RFC 6152, RFC 3030).
    public enum Body: String, Codable, Sendable {
        case sevenBit = "7BIT"
        case eightBitMIME = "8BITMIME"
        case binaryMIME = "BINARYMIME"
    }

    public var reversePath: ReversePath
    public var recipients: [EnvelopeRecipient]
    public var body: Body
    /// True when MAIL carried SMTPUTF8 (RFC 6531).
    public var smtpUTF8: Bool
    /// ENVID, decoded from xtext (RFC 3461 §4.4).
    public var envelopeID: String?
    /// RET: true for HDRS, false for FULL, nil when not given (RFC 3461 §4.3).
    public var returnHeadersOnly: Bool?

    /// An envelope; everything but the paths has the standard's default.
    public init(
        reversePath: ReversePath, recipients: [EnvelopeRecipient], body: Body = .sevenBit, smtpUTF8: Bool = false,
        envelopeID: String? = nil, returnHeadersOnly: Bool? = nil
    ) {
        self.reversePath = reversePath
        self.recipients = recipients
        self.body = body
        self.smtpUTF8 = smtpUTF8
        self.envelopeID = envelopeID
        self.returnHeadersOnly = returnHeadersOnly
    }

    private enum CodingKeys: String, CodingKey {
        case reversePath, recipients, body, smtpUTF8, envelopeID, returnHeadersOnly
    }

    public init(from decoder: any Decoder) throws {
        let c = try decoder.container(keyedBy: CodingKeys.self)
        reversePath = try c.decodeIfPresent(ReversePath.self, forKey: .reversePath) ?? .null
        recipients = try c.decode([EnvelopeRecipient].self, forKey: .recipients)
        body = try c.decodeIfPresent(Body.self, forKey: .body) ?? .sevenBit
        smtpUTF8 = try c.decodeIfPresent(Bool.self, forKey: .smtpUTF8) ?? false
        envelopeID = try c.decodeIfPresent(String.self, forKey: .envelopeID)
        returnHeadersOnly = try c.decodeIfPresent(Bool.self, forKey: .returnHeadersOnly)
    }
}

/// One RCPT with its DSN wishes (RFC 3461 §4.1, §4.2).
public struct EnvelopeRecipient: Hashable, Sendable, Codable {
    /// NOTIFY conditions. The empty set is NOTIFY=NEVER.
    public struct Notify: OptionSet, Hashable, Sendable, Codable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        public static let success = Notify(rawValue: 1)
        public static let failure = Notify(rawValue: 2)
        public static let delay = Notify(rawValue: 4)
    }

    public var forwardPath: ForwardPath
    /// Nil when the client named no NOTIFY: failures and delays are told.
    public var notify: Notify?
    /// ORCPT as given, `rfc822;ann@example.org`, decoded from xtext.
    public var originalRecipient: String?

    /// A recipient without DSN parameters unless they are given.
    public init(_ forwardPath: ForwardPath, notify: Notify? = nil, originalRecipient: String? = nil) {
        self.forwardPath = forwardPath
        self.notify = notify
        self.originalRecipient = originalRecipient
    }

    /// True when the sender wants to hear of a failure.
    public var wantsFailureNotice: Bool { notify?.contains(.failure) ?? true }
}
