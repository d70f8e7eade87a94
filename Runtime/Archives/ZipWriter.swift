import CArchive
import Glibc
import MailTypes

/// Writes a zip: the same files give the same octets, whatever their order, owners and times.
public struct ZipWriter: Sendable {
    private struct Entry: Sendable {
        var octets: Octets
        var isExecutable: Bool
        var target: String?
    }

    private var entries: [String: Entry] = [:]

    /// A zip without files.
    public init() {}

    /// True while it has no files.
    public var isEmpty: Bool { entries.isEmpty }

    /// Adds a file; the last of a name counts.
    public mutating func add(_ path: String, _ octets: Octets, isExecutable: Bool = false) {
        entries[path] = Entry(octets: octets, isExecutable: isExecutable)
    }

    /// Adds a symbolic link.
    public mutating func addLink(_ path: String, to target: String) {
        entries[path] = Entry(octets: [], isExecutable: false, target: target)
    }

    /// The zip's octets.
    public func finish() throws(ArchiveProblem) -> Octets {
        guard let archive = archive_write_new() else { throw .system("no memory") }
        defer { archive_write_free(archive) }
        archive_write_set_format_zip(archive)
        // Room for what cannot be compressed, and the names twice with their fields.
        var room = 65_536
        for (path, entry) in entries {
            room += entry.octets.count + entry.octets.count / 1000 + path.utf8.count * 2 + 512
        }
        var zip = Octets(repeating: 0, count: room)
        var used = 0
        let problem = zip.withUnsafeMutableBytes { zip -> ArchiveProblem? in
            guard archive_write_open_memory(archive, zip.baseAddress, zip.count, &used) == ARCHIVE_OK else {
                return Self.problem(archive)
            }
            for (path, entry) in entries.sorted(by: { $0.key < $1.key }) {
                if let problem = write(path, entry, to: archive) { return problem }
            }
            return archive_write_close(archive) == ARCHIVE_OK ? nil : Self.problem(archive)
        }
        if let problem { throw problem }
        zip.removeLast(zip.count - used)
        return zip
    }

    private func write(_ path: String, _ entry: Entry, to archive: OpaquePointer) -> ArchiveProblem? {
        guard let header = archive_entry_new() else { return .system("no memory") }
        defer { archive_entry_free(header) }
        archive_entry_set_pathname_utf8(header, path)
        // 1980-01-01T00:00:00Z, the first moment a zip can tell.
        archive_entry_set_mtime(header, 315_532_800, 0)
        if let target = entry.target {
            archive_entry_set_filetype(header, carchive_link)
            archive_entry_set_symlink_utf8(header, target)
            archive_entry_set_perm(header, 0o777)
        } else {
            archive_entry_set_filetype(header, carchive_file)
            archive_entry_set_perm(header, entry.isExecutable ? 0o755 : 0o644)
        }
        archive_entry_set_size(header, Int64(entry.octets.count))
        guard archive_write_header(archive, header) == ARCHIVE_OK else { return Self.problem(archive) }
        guard !entry.octets.isEmpty else { return nil }
        let count = entry.octets.withUnsafeBytes { archive_write_data(archive, $0.baseAddress, $0.count) }
        return count == entry.octets.count ? nil : Self.problem(archive)
    }

    private static func problem(_ archive: OpaquePointer) -> ArchiveProblem {
        .system(archive_error_string(archive).map { String(cString: $0) } ?? "the archive cannot be written")
    }
}
