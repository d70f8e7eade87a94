import Archives
import Cryptography
import FunctionRuntime
import Glibc
import MailTypes

/// Builds code as `sam build` would, and remembers what came out: a build whose files and requirements are those of an
/// earlier one costs their reading, and no package index.
struct Builder: Sendable {
    /// A zip that is ready.
    struct Product: Sendable {
        /// SHA-256 in base64, as Lambda shows it.
        let digest: String
        /// Where the zip lies.
        let file: String
    }

    /// Changes when the same files would make another zip.
    private static let format = "1"

    /// Where builds are kept.
    let cache: BuildCache
    /// Packages folders as they are.
    private let takesAsIs: Bool

    /// Keeps builds below a data directory, or for systems elsewhere in the user's own cache.
    init(_ arguments: Arguments) throws(Refusal) {
        takesAsIs = arguments.has("no-build")
        if arguments["endpoint"] != nil {
            let home =
                getenv("XDG_CACHE_HOME").map { String(cString: $0) }
                ?? getenv("HOME").map { String(cString: $0) + "/.cache" } ?? "/tmp"
            cache = try BuildCache("\(home)/mailroom/build")
        } else {
            cache = try BuildCache("\(arguments["data"] ?? ".mailroom")/cache/build")
        }
        cache.tidy(at: Int(SystemClock.now().seconds))
    }

    /// Builds, or finds what was built.
    func build(_ build: CodeBuild) throws(Refusal) -> Product {
        var facts = stat()
        guard stat(build.path, &facts) == 0 else {
            throw .failed(
                "\(build.logicalID): there is no \(build.path)", next: "check CodeUri or ContentUri in the template")
        }
        if facts.st_mode & S_IFMT == S_IFREG {
            guard build.path.hasSuffix(".zip") || build.path.hasSuffix(".jar") else {
                // One file is code too, as it is.
                var zip = ZipWriter()
                let name = build.path.split(separator: "/").last.map(String.init) ?? build.path
                zip.add(name, try File.read(build.path), isExecutable: facts.st_mode & 0o111 != 0)
                return try keep(zip, of: build, under: nil)
            }
            let octets = try File.read(build.path)
            return Product(digest: Base64.encode(SHA256.digest(octets)).text, file: build.path)
        }
        let tree = try SourceTree(build.path)
        let stream = SHA256.hasher()
        let step = takesAsIs ? .none : build.step
        stream.update(Octets(text: "\(Self.format)\0\(step)\0\(build.sourceFolder(of: step))\0"))
        if step == .make { stream.update(Octets(text: build.logicalID + "\0")) }
        try tree.digest(into: stream)
        var interpreter: String?
        if case .pip = step {
            let found = try PackageInstaller.python(build.python, for: build.logicalID)
            stream.update(Octets(text: found.version))
            interpreter = found.program
        }
        let key = Hexadecimal.encode(stream.finish())
        if let digest = try? File.read(cache.path(key)).text, File.exists(zipFile(digest)) {
            cache.touch(key)
            cache.touch(zipName(digest))
            return Product(digest: digest, file: zipFile(digest))
        }
        return try make(build, tree, step, interpreter, key)
    }

    private func make(
        _ build: CodeBuild, _ tree: SourceTree, _ step: CodeBuild.Step, _ interpreter: String?, _ key: String
    ) throws(Refusal) -> Product {
        var zip = ZipWriter()
        switch step {
        case .pip(let folder):
            let installed = try PackageInstaller.pip(
                "\(build.path)/requirements.txt", interpreter ?? "python3", for: build.logicalID, cache: cache)
            try add(SourceTree(installed), under: folder, to: &zip)
        case .npm(let folder):
            let installed = try PackageInstaller.npm(build.path, for: build.logicalID, cache: cache)
            try add(SourceTree(installed), under: folder, to: &zip)
        case .make:
            let made = try PackageInstaller.make(build.path, for: build.logicalID)
            defer { PackageInstaller.remove(made) }
            try add(SourceTree(made), under: "", to: &zip)
            return try keep(zip, of: build, under: key)
        case .none: break
        }
        // The function's own files count where a package has one of the same name.
        try add(tree, under: build.sourceFolder(of: step), to: &zip)
        return try keep(zip, of: build, under: key)
    }

    private func add(_ tree: SourceTree, under folder: String, to zip: inout ZipWriter) throws(Refusal) {
        for entry in tree.entries {
            let path = folder.isEmpty ? entry.path : "\(folder)/\(entry.path)"
            if let target = entry.target {
                zip.addLink(path, to: target)
            } else {
                zip.add(path, try File.read("\(tree.folder)/\(entry.path)"), isExecutable: entry.isExecutable)
            }
        }
    }

    private func keep(_ zip: ZipWriter, of build: CodeBuild, under key: String?) throws(Refusal) -> Product {
        guard !zip.isEmpty else {
            throw .failed("\(build.logicalID): \(build.path) has no files", next: "check the path in the template")
        }
        let octets: Octets
        do throws(ArchiveProblem) {
            octets = try zip.finish()
        } catch {
            throw .failed("\(build.logicalID): the zip cannot be written: \(error)", next: "check the folder's size")
        }
        let digest = Base64.encode(SHA256.digest(octets)).text
        try File.write(octets, to: zipFile(digest))
        if let key { try File.write(Octets(text: digest), to: cache.path(key)) }
        return Product(digest: digest, file: zipFile(digest))
    }

    private func zipFile(_ digest: String) -> String { cache.path(zipName(digest)) }

    private func zipName(_ digest: String) -> String {
        "\(Hexadecimal.encode(Base64.decode(Octets(text: digest)) ?? [])).zip"
    }
}
