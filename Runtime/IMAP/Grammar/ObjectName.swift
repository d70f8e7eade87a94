import FunctionRuntime
import MailTypes

/// Identifiers as OBJECTID writes them (RFC 8474 §4): a letter for the kind, then hexadecimal digits.
enum ObjectName {
    static func text(_ folder: FolderID) -> String { "F" + folder.id.hex }
    static func text(_ item: ItemID) -> String { "M" + item.id.hex }
    static func text(thread key: UInt64) -> String { "T" + String(key, radix: 16) }

    /// The item of an EMAILID; nil when it is not one of ours.
    static func item(_ name: Octets) -> ItemID? {
        guard name.first == 0x4D, let id = Identifier128(name.dropFirst().map { $0 }.text) else { return nil }
        return ItemID(id)
    }

    /// The thread key of a THREADID; nil when it is not one of ours.
    static func thread(_ name: Octets) -> UInt64? {
        guard name.first == 0x54 else { return nil }
        return UInt64(name.dropFirst().map { $0 }.text, radix: 16)
    }
}
