import FunctionRuntime
import MailTypes

/// The rows of a running query: `while try rows.step() { rows.int(0) }`. Columns count from 0.
struct Rows: ~Copyable {
    private let statement: Statement

    init(_ statement: Statement) { self.statement = statement }

    deinit { statement.reset() }

    /// Goes on to the next row; false when there is none.
    func step() throws(StoreFailure) -> Bool { try statement.step() }

    func isNull(_ column: Int) -> Bool { statement.isNull(column) }
    func int(_ column: Int) -> Int { statement.int(column) }
    func text(_ column: Int) -> String { statement.text(column) }
    func octets(_ column: Int) -> Octets { statement.withOctets(column) { Octets($0) } }

    /// The octets where they lie, until the next step.
    func withOctets<Result>(_ column: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        statement.withOctets(column, body)
    }

    func bool(_ column: Int) -> Bool { int(column) != 0 }
    func time(_ column: Int) -> Timestamp { Timestamp(milliseconds: Int64(int(column))) }
    func optionalInt(_ column: Int) -> Int? { isNull(column) ? nil : int(column) }
    func optionalTime(_ column: Int) -> Timestamp? { isNull(column) ? nil : time(column) }
    func optionalOctets(_ column: Int) -> Octets? { isNull(column) ? nil : octets(column) }

    /// The identifier in 16 octets.
    func id(_ column: Int) throws(StoreFailure) -> Identifier128 {
        let read = statement.withOctets(column) { octets -> Identifier128? in
            guard octets.count == 16 else { return nil }
            return Identifier128(
                high: UInt64(bigEndian: octets.loadUnaligned(as: UInt64.self)),
                low: UInt64(bigEndian: octets.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
        }
        guard let read else { throw .damaged("an identifier in the database") }
        return read
    }
}
