import FunctionRuntime
import MailTypes
import MessageFormat

/// Who a message says it is from: the address of Sender, then those of From (reference/email-flow.md §3.4).
struct MessageAuthors {
    /// In the order in which rules try them.
    let addresses: [Address]
    /// The message's header section.
    let head: Octets

    /// Octets looked at first: enough for nearly every header section.
    static let usualHeadOctets = 1 << 16
    /// Octets looked at when the header section is longer: otherwise padding it would hide the sender from the rules.
    static let longestHeadOctets = 1 << 20
    /// Addresses tried: a message with more authors is no mail of a person.
    static let limitAddresses = 64

    init(of message: SpooledMessage, in spool: any Spool) async throws(StoreFailure) {
        var head = try await spool.content(of: message.id, range: 0..<min(Self.usualHeadOctets, message.size))
        var header = HeaderSection(head)
        if header.bodyStart >= head.count, message.size > head.count {
            head = try await spool.content(of: message.id, range: 0..<min(Self.longestHeadOctets, message.size))
            header = HeaderSection(head)
        }
        self.head = Octets(head[..<min(header.bodyStart, head.count)])
        var addresses: [Address] = []
        for name in ["Sender", "From"] {
            for field in header.all(name) {
                for address in AddressList.parse(header.unfoldedValue(of: field)).compactMap(\.address)
                where !addresses.contains(address) && addresses.count < Self.limitAddresses {
                    addresses.append(address)
                }
            }
        }
        self.addresses = addresses
    }
}
