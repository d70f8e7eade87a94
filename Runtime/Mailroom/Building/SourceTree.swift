import Cryptography
import Glibc
import MailTypes

/// The files of a folder that become code: everything but what version control and interpreters leave behind.
struct SourceTree: Sendable {
    struct Entry: Sendable {
        /// Steps from the folder, joined by `/`.
        var path: String
        var isExecutable: Bool
        /// Of a symbolic link.
        var target: String?
    }

    /// Names that are no code, at any depth.
    static let leftOut: Set<String> = [
        ".git", ".svn", ".hg", "__pycache__", ".DS_Store", ".aws-sam", ".mailroom", ".venv",
    ]
    /// Files of a folder; as many as a zip can hold.
    static let entriesMax = 65_535

    let folder: String
    /// Sorted by path.
    let entries: [Entry]

    /// The files below a folder.
    init(_ folder: String) throws(Refusal) {
        var entries: [Entry] = []
        var waiting = [""]
        while let prefix = waiting.popLast() {
            for name in try Self.names(in: prefix.isEmpty ? folder : "\(folder)/\(prefix)") {
                guard !Self.leftOut.contains(name), !name.hasSuffix(".pyc") else { continue }
                let path = prefix.isEmpty ? name : "\(prefix)/\(name)"
                var facts = stat()
                guard lstat("\(folder)/\(path)", &facts) == 0 else { continue }
                switch facts.st_mode & S_IFMT {
                case S_IFDIR: waiting.append(path)
                case S_IFREG: entries.append(Entry(path: path, isExecutable: facts.st_mode & 0o111 != 0))
                case S_IFLNK:
                    entries.append(Entry(path: path, isExecutable: false, target: Self.target("\(folder)/\(path)")))
                default: continue
                }
                guard entries.count <= Self.entriesMax else {
                    throw .failed(
                        "\(folder) has more than \(Self.entriesMax) files", next: "name a folder with the code alone")
                }
            }
        }
        self.folder = folder
        self.entries = entries.sorted { $0.path < $1.path }
    }

    /// Goes on the digest with every name, mode and content, so that two trees with one digest make one zip.
    func digest(into stream: DigestStream) throws(Refusal) {
        for entry in entries {
            stream.update(Octets(text: "\(entry.path)\0\(entry.isExecutable ? "x" : "-")\0\(entry.target ?? "")\0"))
            if entry.target == nil {
                let content = try File.read("\(folder)/\(entry.path)")
                stream.update(Octets(text: "\(content.count)\0"))
                stream.update(content)
            }
        }
    }

    /// The newest change of a file or of the folder's structure, in nanoseconds since 1970; for noticing that something
    /// changed without reading it.
    var newestChange: Int64 {
        var newest: Int64 = 0
        for path in [""] + entries.map(\.path) {
            var facts = stat()
            guard lstat("\(folder)/\(path)", &facts) == 0 else { continue }
            newest = max(newest, Int64(facts.st_mtim.tv_sec) * 1_000_000_000 + Int64(facts.st_mtim.tv_nsec))
        }
        return newest &+ Int64(entries.count)
    }

    /// Names in a folder, in no order.
    static func names(in folder: String) throws(Refusal) -> [String] {
        guard let handle = opendir(folder) else {
            throw .failed("cannot read \(folder): \(File.reason)", next: "check the path in the template")
        }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    private static func target(_ path: String) -> String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink(path, &buffer, 4095)
        return count <= 0 ? "" : String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
