import Glibc

/// Files that come with the program: in the working directory's `templates/`, beside the binary, or where a package puts
/// them.
enum InstalledFiles {
    /// The path of one of them, `mailroom.yaml` or `functions/hello-world-python`.
    /// - Parameter flag: how to name another place.
    static func path(of name: String, nameItWith flag: String) throws(Refusal) -> String {
        var candidates = ["templates/\(name)"]
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, 4095)
        if count > 0 {
            var parts = String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self).split(
                separator: "/")
            while !parts.isEmpty {
                parts.removeLast()
                candidates.append("/" + parts.joined(separator: "/") + "/templates/\(name)")
                candidates.append("/" + parts.joined(separator: "/") + "/share/mailroom/\(name)")
            }
        }
        guard let found = candidates.first(where: File.exists) else {
            throw .failed("templates/\(name) was not found", next: "name it with \(flag)")
        }
        return found
    }
}
