import MailTypes

/// One part of a MIME structure, with its place in the content so that `BODY[1.2]` is a range, not a parse.
public struct BodyPart: Sendable, Hashable {
    /// In lower case, `text`.
    public var type: String
    /// In lower case, `plain`.
    public var subtype: String
    /// Content-Type parameters in their order and as they stand, pieces of RFC 2231 included; names in lower case.
    public var parameters: [Parameter]
    public var contentID: Octets?
    public var contentDescription: Octets?
    /// In lower case; `7bit` when the field is missing.
    public var transferEncoding: String
    public var md5: Octets?
    public var disposition: Disposition?
    public var languages: [String]
    public var location: Octets?
    /// The part's header section in the content, with its blank line; for the root, the message's own.
    public var header: Range<Int>
    /// The part's body in the content.
    public var body: Range<Int>
    /// Lines in the body.
    public var lines: Int
    /// Parts of a multipart; for message/rfc822 and message/global, the one root of the message inside.
    public var parts: [BodyPart]
    /// For message/rfc822 and message/global: the envelope of the message inside.
    public var envelope: MessageEnvelope?

    /// One parameter of a header field.
    public struct Parameter: Sendable, Hashable {
        public var name: String
        public var value: Octets
        public init(name: String, value: Octets) { (self.name, self.value) = (name, value) }
    }

    /// Content-Disposition (RFC 2183).
    public struct Disposition: Sendable, Hashable {
        /// In lower case, `attachment`.
        public var type: String
        public var parameters: [Parameter]
        public init(type: String, parameters: [Parameter]) { (self.type, self.parameters) = (type, parameters) }
    }

    /// A text/plain part of these places.
    public init(type: String = "text", subtype: String = "plain", header: Range<Int>, body: Range<Int>) {
        self.type = type
        self.subtype = subtype
        parameters = []
        transferEncoding = "7bit"
        languages = []
        self.header = header
        self.body = body
        lines = 0
        parts = []
    }
}
