import MailTypes

/// A name in an archive as the steps from its root.
struct ArchiveName: Hashable {
    let steps: [String]

    /// Reads a name; nil for one that is absolute, goes up, or says something that file names cannot.
    init?(_ text: String, limits: ArchiveLimits) {
        guard !text.isEmpty, text.utf8.count <= limits.nameOctets, !text.hasPrefix("/") else { return nil }
        guard !text.utf8.contains(0) else { return nil }
        let steps = text.split(separator: "/").map(String.init).filter { $0 != "." }
        guard !steps.contains(".."), steps.allSatisfy({ $0.utf8.count <= 255 }) else { return nil }
        self.steps = steps
    }

    /// The folder's path and this name.
    func path(in directory: String) -> String { ([directory] + steps).joined(separator: "/") }

    /// True when a link of this name may point there: inside, and going up only before it goes down, since a step up after a
    /// step down could leave by way of another link.
    func mayPoint(to target: String) -> Bool {
        guard !target.isEmpty, !target.hasPrefix("/"), target.utf8.count <= 1024, !target.utf8.contains(0) else {
            return false
        }
        let wayThere = target.split(separator: "/").filter { $0 != "." }
        let ups = wayThere.prefix { $0 == ".." }.count
        return ups < steps.count && !wayThere.dropFirst(ups).contains("..")
    }
}
