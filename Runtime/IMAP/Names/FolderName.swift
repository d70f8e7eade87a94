import FunctionRuntime
import MailTypes

/// Names of folders as they cross the wire: mUTF-7 until the client enables IMAP4rev2, UTF-8 after that.
struct FolderName {
    /// Most octets of a name on the wire.
    static let limitOctets = 1000
    static let delimiter: UInt8 = 0x2F

    /// True once IMAP4rev2 is enabled.
    var isUTF8 = false

    /// The path that a client's octets name; nil when no folder can have such a name.
    func path(_ octets: Octets) -> [String]? {
        guard !octets.isEmpty, octets.count <= Self.limitOctets,
            let name = isUTF8 ? String(validating: octets, as: UTF8.self) : ModifiedUTF7.decode(octets)
        else { return nil }
        var parts = name.split(separator: "/", omittingEmptySubsequences: false).map { Self.stored(String($0)) }
        // A delimiter at the end says that folders will be made below (RFC 9051 §6.3.4).
        if parts.count > 1, parts.last == "" { parts.removeLast() }
        let clean = parts.allSatisfy { part in
            !part.isEmpty && part.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }
        }
        guard clean else { return nil }
        if let first = parts.first, first.utf8.equalsIgnoringASCIICase("INBOX".utf8) { parts[0] = "INBOX" }
        return parts
    }

    /// The octets for a path.
    func wire(_ path: [String]) -> Octets {
        let name = path.map(Self.shown).joined(separator: "/")
        return isUTF8 ? Octets(text: name) : ModifiedUTF7.encode(name)
    }

    /// Other doors may make names that hold our delimiter: IMAP shows a look-alike, U+2215, and takes it back.
    private static func shown(_ name: String) -> String { replacing("/", by: "\u{2215}", in: name) }
    private static func stored(_ name: String) -> String { replacing("\u{2215}", by: "/", in: name) }

    private static func replacing(_ old: Unicode.Scalar, by new: Unicode.Scalar, in name: String) -> String {
        guard name.unicodeScalars.contains(old) else { return name }
        var result = String.UnicodeScalarView()
        for scalar in name.unicodeScalars { result.append(scalar == old ? new : scalar) }
        return String(result)
    }
}

extension Response {
    /// Appends a folder's name.
    mutating func put(name: Octets) {
        // A name in UTF-8 goes quoted (RFC 9051 §9); every name is free of controls.
        if name.contains(where: { $0 >= 0x80 }) { put(quoted: name) } else { put(astring: name) }
    }
}
