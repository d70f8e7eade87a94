import FunctionRuntime
import MailTypes

/// Spans one after another, without a count: adding some is appending their octets.
enum SpanRecord {
    static func write(_ spans: [Span]) -> Octets {
        var record = RecordWriter(reserving: spans.count * 96)
        for span in spans {
            record.text(span.function.text)
            record.int(span.version)
            record.optional(span.requestID) { $0.id($1) }
            record.time(span.startedAt)
            record.number(span.milliseconds.bitPattern)
            record.text(span.decision)
            record.text(span.reason)
        }
        return record.octets
    }

    static func read(_ octets: Octets) throws(StoreFailure) -> [Span] {
        var record = RecordReader(octets, "a decision record")
        var spans: [Span] = []
        while !record.atEnd {
            spans.append(
                Span(
                    function: FunctionName(try record.text()), version: try record.int(),
                    requestID: try record.optional { r throws(StoreFailure) in try r.id() },
                    startedAt: try record.time(), milliseconds: Double(bitPattern: try record.number()),
                    decision: try record.text(), reason: try record.text()))
        }
        return spans
    }
}
