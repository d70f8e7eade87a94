import CArchive
import MailTypes

/// Reads what was compressed with gzip (RFC 1952), as AWS's SDKs compress large requests.
public enum Gzip {
    /// The octets that were compressed; nil when they are more than this, or what was given is no gzip or ends too early.
    ///
    /// - Parameter limitOctets: counted while unpacking, never by what the end claims.
    public static func unpack(_ octets: Octets, limitOctets: Int) -> Octets? {
        // The library would take other octets for the content itself.
        guard octets.starts(with: [0x1F, 0x8B, 0x08]), let archive = archive_read_new() else { return nil }
        defer { archive_read_free(archive) }
        archive_read_support_filter_gzip(archive)
        archive_read_support_format_raw(archive)
        return octets.withUnsafeBytes { source -> Octets? in
            var entry: OpaquePointer?
            guard archive_read_open_memory(archive, source.baseAddress, source.count) == ARCHIVE_OK else { return nil }
            let status = archive_read_next_header(archive, &entry)
            // Nothing that was compressed is nothing to read.
            if status == ARCHIVE_EOF { return [] }
            // A head that is torn off is no gzip to the library, and its octets would be handed out as they are.
            guard status == ARCHIVE_OK, archive_filter_code(archive, 0) == ARCHIVE_FILTER_GZIP else { return nil }
            var content: Octets = []
            var piece = Octets(repeating: 0, count: 64 << 10)
            while true {
                let count = piece.withUnsafeMutableBytes { archive_read_data(archive, $0.baseAddress, $0.count) }
                guard count >= 0 else { return nil }
                if count == 0 { return content }
                content += piece[..<count]
                guard content.count <= limitOctets else { return nil }
            }
        }
    }
}
