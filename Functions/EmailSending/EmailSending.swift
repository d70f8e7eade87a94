import AWSWire
import FunctionRuntime
import MailTypes
import MessageFormat

/// Sends mail for functions and scripts: Amazon SES version 1 (Query, 2010-12-01) and the sending part of version 2
/// (REST-JSON), both signed for `ses` (reference/functions.md §4.3).
public struct EmailSending: Handler {
    public typealias Event = HTTPRequest
    public typealias Outcome = HTTPResponse

    /// Largest content of a message, and largest request that can hold it: base64 and percent-coding make it longer.
    public static let contentMax = 40 << 20
    static let requestMax = 96 << 20
    /// Recipients of one message.
    public static let recipientsMax = 500

    let spool: any Spool
    let content: any ContentStore
    let directory: any AccountDirectory
    let keys: SessionKeys
    let permissions: any Permissions
    let place: ServicePlace
    let hostname: String
    let wake: @Sendable () -> Void

    /// Needs the spool, who is whose domain, and who may send.
    /// - Parameters:
    ///   - keys: tells which message a function works on, for counting hops.
    ///   - hostname: what `Received` and Message-ID name.
    ///   - wake: called once mail for our own domains is spooled.
    public init(
        spool: any Spool, content: any ContentStore, directory: any AccountDirectory, keys: SessionKeys,
        permissions: any Permissions, place: ServicePlace, hostname: String, wake: @escaping @Sendable () -> Void = {}
    ) {
        self.spool = spool
        self.content = content
        self.directory = directory
        self.keys = keys
        self.permissions = permissions
        self.place = place
        self.hostname = hostname
        self.wake = wake
    }

    public func handle(_ event: HTTPRequest, in context: Context) async throws -> HTTPResponse {
        guard event.path.hasPrefix("/v2/") else {
            return try await Self.table.answer(event, with: self, in: context) { _, _ in }
        }
        let wire = Wire.restJSON
        var response: HTTPResponse
        do {
            response = wire.response(
                try await version2(event, context), operation: "", requestID: context.requestID)
        } catch let failure as ServiceFailure {
            context.decide("refused", because: "\(failure.code.name): \(failure.message)")
            response = wire.response(failure, requestID: context.requestID)
        } catch let failure as StoreFailure {
            context.decide("failed", because: "\(failure)")
            response = wire.response(ServiceFailure(failure), requestID: context.requestID)
        }
        response.headers["x-amzn-RequestId"] = context.requestID.description
        return response
    }

    /// A refusal in SES's word for it.
    static func rejected(_ message: String) -> ServiceFailure {
        ServiceFailure(ServiceFailure.Code("MessageRejected"), message)
    }

    /// The address in `Ann <ann@example.org>`, with the name a reader sees.
    static func mailbox(_ text: String, _ member: String) throws(ServiceFailure) -> NamedAddress {
        // A line end in an address is an attempt to write a field of one's own (reference/faults.md F31).
        guard !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
            throw .invalid("\(member) holds a control character")
        }
        let read = AddressList.parse(Octets(text: text))
        guard read.count == 1, let address = read[0].address else {
            throw .invalid("\(member) is no e-mail address: Invalid mailbox")
        }
        return NamedAddress(address, name: read[0].name.map { EncodedWord.decode($0) })
    }

    /// The organization whose domain an address is in, verified; refused in SES's words when there is none.
    func organization(of sender: Address) async throws -> OrganizationID {
        let domain = sender.canonicalDomain
        if let organization = try await directory.organization(ofDomain: domain),
            try await directory.domains(of: organization).contains(where: {
                $0.name == domain && $0.ownership == "VERIFIED"
            })
        {
            return organization
        }
        throw Self.rejected(
            "Email address is not verified. The following identities failed the check in region "
                + "\(place.region.uppercased()): \(sender)")
    }

    /// Whether the caller may send as this address: by its domain's identity, or its own.
    func authorize(_ asker: Asker, _ action: String, as sender: Address) async throws {
        let ofDomain = place.arn("ses", "identity/\(sender.canonicalDomain)")
        // Policies for a whole account's identities name the address in a condition.
        let asker = asker.with("ses:FromAddress", ["\(sender)"])
        if await permissions.allows(asker, action, on: ofDomain) { return }
        try await permissions.require(asker, action, on: place.arn("ses", "identity/\(sender)"))
    }
}
