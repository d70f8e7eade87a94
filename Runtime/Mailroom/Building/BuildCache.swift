import Glibc
import MailTypes

/// The folder where builds are remembered: zips by their digest, digests by what they were built of, installed packages by
/// their requirements. Everything in it can be made again, so what is not used for long goes.
struct BuildCache: Sendable {
    /// What was not used for so long goes.
    static let keptSeconds = 30 * 86_400
    /// Octets of zips; over that, those go that were not used for longest.
    static let octetsMax = 2 << 30
    /// A build that was broken off leaves a draft; an older one is nobody's any more.
    static let draftSeconds = 86_400

    let folder: String

    /// The cache in this folder, which is made when it is not there.
    init(_ folder: String) throws(Refusal) {
        self.folder = folder
        try File.makeDirectory(folder)
    }

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    /// Notes that something is used now.
    func touch(_ name: String) { utimensat(AT_FDCWD, path(name), nil, 0) }

    private struct Entry {
        let name: String
        let usedAt: Int
        let size: Int
    }

    /// Removes what is past its time.
    /// - Parameter now: seconds since 1970.
    func tidy(at now: Int) {
        guard let names = try? SourceTree.names(in: folder) else { return }
        var zips: [Entry] = []
        for name in names {
            var facts = stat()
            guard lstat(path(name), &facts) == 0 else { continue }
            let age = now - facts.st_mtim.tv_sec
            // `packages-DIGEST.PID` while it is filled, `NAME.new` while it is written, `.gone-…` while it is removed.
            let isDraft = name.hasSuffix(".new") || name.hasPrefix("packages-") && name.contains(".")
            if name.hasPrefix(".gone-") || age > (isDraft ? Self.draftSeconds : Self.keptSeconds) {
                remove(name)
            } else if name.hasSuffix(".zip") {
                zips.append(Entry(name: name, usedAt: facts.st_mtim.tv_sec, size: Int(facts.st_size)))
            }
        }
        var octets = 0
        for zip in zips.sorted(by: { $0.usedAt > $1.usedAt }) {
            octets += zip.size
            if octets > Self.octetsMax { remove(zip.name) }
        }
    }

    /// Takes something away at once, so that nobody finds half of it.
    private func remove(_ name: String) {
        let gone = name.hasPrefix(".gone-") ? name : ".gone-\(getpid())-\(name)"
        guard gone == name || rename(path(name), path(gone)) == 0 else { return }
        PackageInstaller.remove(path(gone))
    }
}
