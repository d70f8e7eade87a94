import MailTypes

#if canImport(Glibc)
    import Glibc
#endif

/// Files of Tests/Wire/HTTP, found by this file's own place.
enum WireFiles {
    static let folder: String = {
        var parts = #filePath.split(separator: "/").map(String.init)
        parts.removeLast(4)
        return "/" + parts.joined(separator: "/") + "/Wire/HTTP"
    }()

    static func read(_ name: String) -> String {
        guard let file = fopen("\(folder)/\(name)", "r") else { preconditionFailure("\(name) is missing") }
        defer { fclose(file) }
        var octets: Octets = []
        var piece = Octets(repeating: 0, count: 65_536)
        while case let count = fread(&piece, 1, piece.count, file), count > 0 { octets += piece.prefix(count) }
        return octets.text
    }

    static func write(_ name: String, _ text: String) {
        guard let file = fopen("\(folder)/\(name)", "w") else { preconditionFailure("\(name) cannot be written") }
        defer { fclose(file) }
        fputs(text, file)
    }

    /// Set to rewrite transcripts instead of comparing with them: the diff is the review.
    static var isRecording: Bool { getenv("RECORD").map { String(cString: $0) } == "1" }
}
