import MailTypes

/// An event as a bootstrap reads it: two lengths of four octets, the lowest first, of what they count: texts with NUL between them,
/// which say what the Runtime API says in header fields, and the event itself.
struct EventFrame {
    /// Octets of the two lengths.
    static let headOctets = 8

    private(set) var octets: Octets = []
    private var isFirst = true

    /// A frame with room for an event of so many octets.
    init(eventOctets: Int) {
        octets.reserveCapacity(Self.headOctets + 256 + eventOctets)
        octets.append(contentsOf: repeatElement(0, count: Self.headOctets))
    }

    /// Adds a text; it holds no NUL.
    mutating func add(_ text: String) {
        begin()
        octets += text.utf8
    }

    /// Adds a number in decimal digits.
    mutating func add(_ number: UInt64) {
        begin()
        var (rest, scale): (UInt64, UInt64) = (number, 1)
        while rest / scale > 9 { scale *= 10 }
        while scale > 0 {
            octets.append(0x30 + UInt8(rest / scale))
            rest %= scale
            scale /= 10
        }
    }

    /// Adds a text in pieces.
    mutating func add(_ write: (inout Octets) -> Void) {
        begin()
        write(&octets)
    }

    /// Adds the event. Nothing comes after it.
    mutating func end(with event: Octets) {
        let texts = octets.count - Self.headOctets
        for (place, count) in [(0, texts), (4, event.count)] {
            for index in 0..<4 { octets[place + index] = UInt8(truncatingIfNeeded: count >> (8 * index)) }
        }
        octets += event
    }

    private mutating func begin() {
        if !isFirst { octets.append(0) }
        isFirst = false
    }
}
