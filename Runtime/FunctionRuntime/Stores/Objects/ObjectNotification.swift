/// Who hears of what happens to objects of a bucket (reference/functions.md §5.3).
public struct ObjectNotification: Sendable, Codable, Hashable {
    public enum Kind: String, Sendable, Codable {
        case function = "CloudFunction"
        case queue = "Queue"
        case topic = "Topic"
    }

    public var id: String
    public var kind: Kind
    /// ARN of the function, queue or topic.
    public var target: String
    /// `s3:ObjectCreated:Put`, or with `*` for the last part.
    public var events: [String]
    public var prefix: String
    public var suffix: String

    /// A notification of these facts.
    public init(
        id: String, kind: Kind = .function, target: String, events: [String], prefix: String = "", suffix: String = ""
    ) {
        (self.id, self.kind, self.target, self.events) = (id, kind, target, events)
        (self.prefix, self.suffix) = (prefix, suffix)
    }

    /// True when there can be an event of a key that both are about.
    public func overlaps(_ other: ObjectNotification) -> Bool {
        func either(_ one: some Sequence<UInt8>, _ two: some Sequence<UInt8>) -> Bool {
            one.starts(with: two) || two.starts(with: one)
        }
        return either(prefix.utf8, other.prefix.utf8) && either(suffix.utf8.reversed(), other.suffix.utf8.reversed())
            && events.contains { one in
                other.events.contains { two in
                    one == two || one.utf8.last == 0x2A && two.utf8.starts(with: one.utf8.dropLast())
                        || two.utf8.last == 0x2A && one.utf8.starts(with: two.utf8.dropLast())
                }
            }
    }

    /// True when it is about an event (`ObjectCreated:Put`) of this key.
    public func matches(_ event: String, key: String) -> Bool {
        key.utf8.starts(with: prefix.utf8) && key.utf8.reversed().starts(with: suffix.utf8.reversed())
            && events.contains { pattern in
                let wanted = pattern.utf8.starts(with: "s3:".utf8) ? Substring(pattern.utf8.dropFirst(3)) : pattern[...]
                guard wanted.utf8.last == 0x2A else { return wanted == event }
                return event.utf8.starts(with: wanted.utf8.dropLast())
            }
    }
}
