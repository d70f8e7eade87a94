import MailTypes

/// In which order an address is looked for: as it is (primary or alias), then without its `+tag`
/// (reference/email-flow.md §1 row 8: an exact existing address wins).
public enum AddressOrder {
    /// The addresses to look up, the best first.
    public static func candidates(for address: Address) -> [Address] {
        [address] + [address.withoutTag].compactMap(\.self)
    }
}
