import MailTypes

/// What stands before a message's literal in APPEND.
struct AppendArguments {
    var flags = Flags()
    var internalDate: Timestamp?

    /// `[flag-list SP] [date-time SP]`, up to the literal's mark.
    init(_ reader: inout SyntaxReader) throws(SyntaxFault) {
        if reader.peek == 0x28 {
            flags = try reader.flagList()
            try reader.space()
        }
        if reader.peek == 0x22 {
            internalDate = try reader.dateTime()
            try reader.space()
        }
        guard reader.isAtEnd else { throw SyntaxFault("message expected") }
    }
}
