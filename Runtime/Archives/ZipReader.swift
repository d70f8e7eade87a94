import CArchive
import Glibc
import MailTypes

/// Unpacks zips that strangers made.
public enum ZipReader {
    /// Unpacks into an empty folder.
    ///
    /// - Shape: executable bits are kept (0755, else 0644), owners, times and other bits are not; symbolic links only inside.
    /// - Returns: octets of the files together.
    /// - Throws: the first problem; what was written until then stays for the caller to remove.
    /// - Source: reference/functions.md §2.3.
    public static func unpack(
        _ zip: Octets, into directory: String, limits: ArchiveLimits = ArchiveLimits()
    ) throws(ArchiveProblem) -> Int {
        guard let archive = archive_read_new() else { throw .system("no memory") }
        defer { archive_read_free(archive) }
        archive_read_support_format_zip(archive)
        let result = zip.withUnsafeBytes { octets -> Result<Int, ArchiveProblem> in
            guard archive_read_open_memory(archive, octets.baseAddress, octets.count) == ARCHIVE_OK else {
                return .failure(.unreadable(reason(archive)))
            }
            return Result { () throws(ArchiveProblem) in try unpack(archive, into: directory, limits) }
        }
        return try result.get()
    }

    private static func unpack(
        _ archive: OpaquePointer, into directory: String, _ limits: ArchiveLimits
    ) throws(ArchiveProblem) -> Int {
        var written = 0
        var entries = 0
        var links: [(name: ArchiveName, target: String)] = []
        var entry: OpaquePointer?
        while true {
            let status = archive_read_next_header(archive, &entry)
            if status == ARCHIVE_EOF { break }
            guard status >= ARCHIVE_WARN, let entry else { throw .unreadable(reason(archive)) }
            entries += 1
            guard entries <= limits.entries else { throw .tooManyEntries(limit: limits.entries) }
            guard let text = archive_entry_pathname_utf8(entry) ?? archive_entry_pathname(entry) else {
                throw .unsafeName("")
            }
            let shown = String(cString: text)
            guard let name = ArchiveName(shown, limits: limits) else { throw .unsafeName(shown) }
            switch archive_entry_filetype(entry) {
            case carchive_folder: try makeFolder(name.steps[...], in: directory)
            case carchive_file:
                guard !name.steps.isEmpty else { throw .unsafeName(shown) }
                try makeFolder(name.steps.dropLast(), in: directory)
                let isProgram = archive_entry_perm(entry) & 0o111 != 0
                written = try copy(
                    archive, to: name.path(in: directory), mode: isProgram ? 0o755 : 0o644, after: written, limits)
            case carchive_link:
                let target = archive_entry_symlink_utf8(entry).map { String(cString: $0) } ?? ""
                guard name.mayPoint(to: target) else { throw .unsafeName("\(shown) -> \(target)") }
                links.append((name, target))
            default: throw .unsafeName(shown)
            }
        }
        // Last, so that no file is written through a link.
        for (name, target) in links {
            try makeFolder(name.steps.dropLast(), in: directory)
            guard symlink(target, name.path(in: directory)) == 0 else { throw .unsafeName(name.path(in: "")) }
        }
        // An empty archive, or octets that only end like one.
        guard entries > 0 else { throw .unreadable("the archive is empty") }
        return written
    }

    private static func makeFolder(_ steps: ArraySlice<String>, in directory: String) throws(ArchiveProblem) {
        var path = directory
        for step in steps {
            path += "/" + step
            if mkdir(path, 0o755) == 0 {
                // Whatever the process's mask is: a function with a user id of its own must get in.
                chmod(path, 0o755)
            } else if errno != EEXIST {
                throw .system("\(step): \(String(cString: strerror(errno)))")
            }
        }
    }

    private static func copy(
        _ archive: OpaquePointer, to path: String, mode: mode_t, after former: Int, _ limits: ArchiveLimits
    ) throws(ArchiveProblem) -> Int {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else { throw .system(String(cString: strerror(errno))) }
        defer { close(descriptor) }
        fchmod(descriptor, mode)
        var written = former
        var chunk = Octets(repeating: 0, count: 128 * 1024)
        while true {
            let count = chunk.withUnsafeMutableBytes { archive_read_data(archive, $0.baseAddress, $0.count) }
            guard count >= 0 else { throw .unreadable(reason(archive)) }
            if count == 0 { return written }
            written += count
            guard written <= limits.unpackedOctets else { throw .tooLarge(limitOctets: limits.unpackedOctets) }
            var start = 0
            while start < count {
                let sent = chunk.withUnsafeBytes { write(descriptor, $0.baseAddress.map { $0 + start }, count - start) }
                if sent < 0, errno == EINTR { continue }
                guard sent > 0 else { throw .system(String(cString: strerror(errno))) }
                start += sent
            }
        }
    }

    private static func reason(_ archive: OpaquePointer) -> String {
        archive_error_string(archive).map { String(cString: $0) } ?? "no reason given"
    }
}
