import MailTypes

/// Finds whom an address of the envelope stands for.
public struct RecipientLookup: Sendable {
    public let directory: any AccountDirectory
    let postmaster: Address?

    /// - Parameter postmaster: who reads mail for `postmaster` where nobody has that address (RFC 5321 §4.5.1); nil: nobody.
    public init(directory: any AccountDirectory, postmaster: Address? = nil) {
        (self.directory, self.postmaster) = (directory, postmaster)
    }

    /// The address as it is, then without `+tag` (RFC 5233; reference/email-flow.md §1: an exact address wins), then the
    /// operator when it is for `postmaster` at one of our domains or at our own host name.
    public func find(_ address: Address, hostname: String) async throws(StoreFailure) -> AddressResolution {
        var found = try await directory.resolve(address)
        if case .unknownLocalPart = found, let plain = address.withoutTag { found = try await directory.resolve(plain) }
        guard Self.isPostmaster(address), let postmaster, postmaster != address else { return found }
        switch found {
        case .entity: return found
        case .unknownLocalPart: return try await directory.resolve(postmaster)
        case .foreignDomain:
            guard address.domain.utf8.equalsIgnoringASCIICase(hostname.utf8) else { return found }
            return try await directory.resolve(postmaster)
        }
    }

    /// True for `postmaster`, in any case (RFC 5321 §4.5.1).
    static func isPostmaster(_ address: Address) -> Bool {
        address.localPart.utf8.equalsIgnoringASCIICase("postmaster".utf8)
    }

    /// The recipient as it is spooled: mail for `postmaster` that nobody has goes to the operator, and says so (RFC 3461 §4.2).
    public func rewritten(_ recipient: EnvelopeRecipient, hostname: String) async throws(StoreFailure)
        -> EnvelopeRecipient
    {
        let address = recipient.forwardPath.address
        guard let postmaster, Self.isPostmaster(address), postmaster != address else { return recipient }
        if case .entity = try await directory.resolve(address) { return recipient }
        guard case .entity = try await find(address, hostname: hostname) else { return recipient }
        var changed = recipient
        changed.forwardPath = ForwardPath(postmaster)
        changed.originalRecipient = recipient.originalRecipient ?? "rfc822;\(address)"
        return changed
    }
}
