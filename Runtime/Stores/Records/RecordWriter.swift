import MailTypes

/// Writes values one after another in the compact form that rests, sealed, in the database: numbers as LEB128, texts
/// and octets with their count before them. `RecordReader` reads the same values in the same order.
struct RecordWriter {
    private(set) var octets: Octets = []

    init(reserving count: Int = 256) { octets.reserveCapacity(count) }

    mutating func number(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            octets.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        octets.append(UInt8(rest))
    }

    /// Zigzag, so that small negative numbers stay short.
    mutating func int(_ value: Int) { number(UInt64(bitPattern: Int64(value << 1 ^ value >> 63))) }
    mutating func bool(_ value: Bool) { octets.append(value ? 1 : 0) }
    mutating func time(_ value: Timestamp) { int(Int(value.milliseconds)) }

    mutating func octets(_ value: Octets) {
        number(UInt64(value.count))
        octets += value
    }

    mutating func text(_ value: String) {
        var value = value
        value.withUTF8 { utf8 in
            number(UInt64(utf8.count))
            octets += utf8
        }
    }

    mutating func id(_ value: Identifier128) {
        withUnsafeBytes(of: (value.high.bigEndian, value.low.bigEndian)) { octets += $0 }
    }

    mutating func optional<Value>(_ value: Value?, _ write: (inout Self, Value) -> Void) {
        bool(value != nil)
        if let value { write(&self, value) }
    }

    mutating func list<Values: Collection>(_ values: Values, _ write: (inout Self, Values.Element) -> Void) {
        number(UInt64(values.count))
        for value in values { write(&self, value) }
    }
}
