import FunctionRuntime
import MailTypes

/// Reads what `RecordWriter` wrote; `.damaged` when the octets end early or make no sense.
struct RecordReader {
    private let octets: Octets
    private var place = 0
    private let what: String

    /// Reads these octets, which are called so in a failure.
    init(_ octets: Octets, _ what: String) { (self.octets, self.what) = (octets, what) }

    var atEnd: Bool { place == octets.count }
    var failure: StoreFailure { .damaged("\(what) does not read as it was written") }

    mutating func number() throws(StoreFailure) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while place < octets.count, shift < 64 {
            let octet = octets[place]
            place += 1
            value |= UInt64(octet & 0x7F) << shift
            if octet < 0x80 { return value }
            shift += 7
        }
        throw failure
    }

    mutating func int() throws(StoreFailure) -> Int {
        let value = try number()
        return Int(bitPattern: UInt(value >> 1)) ^ -Int(bitPattern: UInt(value & 1))
    }

    mutating func bool() throws(StoreFailure) -> Bool { try take(1).first != 0 }
    mutating func time() throws(StoreFailure) -> Timestamp { Timestamp(milliseconds: Int64(try int())) }
    mutating func octetString() throws(StoreFailure) -> Octets { Octets(try take(count())) }
    mutating func text() throws(StoreFailure) -> String { String(decoding: try take(count()), as: UTF8.self) }

    mutating func id() throws(StoreFailure) -> Identifier128 {
        guard let id = Identifier128(octets: try take(16)) else { throw failure }
        return id
    }

    mutating func optional<Value>(_ read: (inout Self) throws(StoreFailure) -> Value) throws(StoreFailure) -> Value? {
        try bool() ? try read(&self) : nil
    }

    mutating func list<Value>(_ read: (inout Self) throws(StoreFailure) -> Value) throws(StoreFailure) -> [Value] {
        let count = try count()
        var values: [Value] = []
        values.reserveCapacity(count)
        for _ in 0..<count { values.append(try read(&self)) }
        return values
    }

    /// A text that stands for a case.
    mutating func name<Value: RawRepresentable<String>>(_ type: Value.Type) throws(StoreFailure) -> Value {
        guard let value = Value(rawValue: try text()) else { throw failure }
        return value
    }

    mutating func address() throws(StoreFailure) -> Address {
        Address(localPart: try text(), domain: try text())
    }

    /// A count cannot be more than what is left, so nothing is reserved for nonsense.
    private mutating func count() throws(StoreFailure) -> Int {
        guard let count = Int(exactly: try number()), count <= octets.count - place else { throw failure }
        return count
    }

    private mutating func take(_ count: Int) throws(StoreFailure) -> ArraySlice<UInt8> {
        guard count <= octets.count - place else { throw failure }
        defer { place += count }
        return octets[place..<place + count]
    }
}

extension RecordWriter {
    mutating func address(_ address: Address) {
        text(address.localPart)
        text(address.domain)
    }
}
