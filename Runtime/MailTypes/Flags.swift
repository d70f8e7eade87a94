/// System flags and keywords of a message (RFC 9051 §2.3.2).
public struct Flags: Hashable, Sendable, Codable {
    /// The flags every message can have, as bits.
    public struct System: OptionSet, Hashable, Sendable, Codable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        public static let seen = System(rawValue: 1)
        public static let answered = System(rawValue: 2)
        public static let flagged = System(rawValue: 4)
        public static let deleted = System(rawValue: 8)
        public static let draft = System(rawValue: 16)

        /// Each flag with its name on the wire.
        public static let named: [(System, String)] = [
            (.answered, "\\Answered"), (.flagged, "\\Flagged"), (.deleted, "\\Deleted"), (.seen, "\\Seen"),
            (.draft, "\\Draft"),
        ]
    }

    public var system: System
    /// Keywords such as `$Forwarded`, each once, sorted; compared without ASCII case, kept as first written.
    public private(set) var keywords: [String]

    /// Flags of these bits and keywords.
    public init(_ system: System = [], keywords: [String] = []) {
        self.system = system
        self.keywords = []
        for keyword in keywords { insert(keyword: keyword) }
    }

    /// True when the keyword is set, in whatever case.
    public func contains(keyword: String) -> Bool {
        keywords.contains { $0.utf8.equalsIgnoringASCIICase(keyword.utf8) }
    }

    /// Sets a keyword unless it is set already.
    public mutating func insert(keyword: String) {
        guard !contains(keyword: keyword) else { return }
        let place = keywords.firstIndex { $0.asciiLowercased > keyword.asciiLowercased } ?? keywords.endIndex
        keywords.insert(keyword, at: place)
    }

    /// Clears a keyword.
    public mutating func remove(keyword: String) {
        keywords.removeAll { $0.utf8.equalsIgnoringASCIICase(keyword.utf8) }
    }

    /// Sets all of the other's flags too.
    public mutating func formUnion(_ other: Flags) {
        system.formUnion(other.system)
        for keyword in other.keywords { insert(keyword: keyword) }
    }

    /// Clears all of the other's flags.
    public mutating func subtract(_ other: Flags) {
        system.subtract(other.system)
        for keyword in other.keywords { remove(keyword: keyword) }
    }
}
