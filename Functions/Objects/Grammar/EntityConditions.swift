import FunctionRuntime
import MailTypes

/// Conditions on the state of what is asked for (RFC 9110 §13).
struct EntityConditions {
    var match: String?
    var noneMatch: String?
    var modifiedSince: Timestamp?
    var unmodifiedSince: Timestamp?

    /// Those of a request; with a prefix those of a copy's source.
    init(_ request: ObjectsRequest, prefix: String = "") {
        match = request.field(prefix + "if-match")
        noneMatch = request.field(prefix + "if-none-match")
        modifiedSince = request.field(prefix + "if-modified-since").flatMap(HTTPDate.read)
        unmodifiedSince = request.field(prefix + "if-unmodified-since").flatMap(HTTPDate.read)
    }

    enum Verdict { case holds, notModified, failed }

    /// In the order of RFC 9110 §13.2.2: an etag says more than a date.
    func verdict(on version: ObjectVersion) -> Verdict {
        // Dates are whole seconds.
        let modified = Timestamp(seconds: version.modifiedAt.seconds)
        if let match {
            guard Self.names(match, version.etag) else { return .failed }
        } else if let unmodifiedSince, modified > unmodifiedSince {
            return .failed
        }
        if let noneMatch {
            if Self.names(noneMatch, version.etag) { return .notModified }
        } else if let modifiedSince, modified <= modifiedSince {
            return .notModified
        }
        return .holds
    }

    /// True when a list of etags names this one: `"a", W/"b"`, bare ones too, or `*`.
    static func names(_ list: String, _ etag: String) -> Bool {
        list.utf8.split(separator: 0x2C).contains { part in
            var text = Substring(part).trimmed
            if text == "*" { return true }
            if text.hasPrefix("W/") { text = text.dropFirst(2) }
            return text == etag || text == "\"\(etag)\""
        }
    }

    /// True when If-Range names the state that this version has: its etag, or its very time (RFC 9110 §13.1.5).
    static func isState(_ field: String, of version: ObjectVersion) -> Bool {
        if let time = HTTPDate.read(field) { return time == Timestamp(seconds: version.modifiedAt.seconds) }
        return field == "\"\(version.etag)\""
    }

    /// An etag without its quotes.
    static func bare(_ etag: String) -> String {
        let text = etag[...].trimmed
        return text.count >= 2 && text.hasPrefix("\"") && text.hasSuffix("\"")
            ? String(text.dropFirst().dropLast()) : String(text)
    }
}

extension Substring {
    /// Without blanks at both ends.
    var trimmed: Substring {
        var octets = utf8
        while let first = octets.first, first.isBlank { octets = octets.dropFirst() }
        while let last = octets.last, last.isBlank { octets = octets.dropLast() }
        return Substring(octets)
    }
}
