import Glibc
import MailTypes
import Testing

/// A file below Tests/Wire/Format that says what octets must come out. `RECORD=1` rewrites it.
struct GoldenFile {
    let path: String

    init(path: String) { self.path = path }

    init(_ name: String, file: String = #filePath) {
        let folder = file.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
        path = "\(folder)/Wire/Format/\(name)"
    }

    /// Compares octets with the file. CRLF is kept in the file, so the comparison is octet for octet.
    func expect(_ octets: Octets, sourceLocation: SourceLocation = #_sourceLocation) {
        if getenv("RECORD") != nil { write(octets) }
        let recorded = read() ?? []
        #expect(recorded == octets, "differs from \(path); RECORD=1 rewrites it", sourceLocation: sourceLocation)
    }

    func read() -> Octets? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var octets: Octets = []
        var buffer = Octets(repeating: 0, count: 65536)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            guard count > 0 else { return octets }
            octets += buffer[..<count]
        }
    }

    private func write(_ octets: Octets) {
        guard let file = fopen(path, "w") else { return }
        defer { fclose(file) }
        _ = fwrite(octets, 1, octets.count, file)
    }
}
