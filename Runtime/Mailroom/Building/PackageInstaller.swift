import Cryptography
import Glibc
import MailTypes

/// Gets packages and programs that code needs with the tools of their languages. What was installed for the same
/// requirements is used again, so that a redeploy asks no index.
enum PackageInstaller {
    /// The interpreter for a runtime: of its version if this machine has it, else the machine's own. The host that runs
    /// functions chooses likewise, so that packages with compiled parts fit.
    static func python(_ runtime: String, for logicalID: String) throws(Refusal) -> (program: String, version: String) {
        var candidates = [runtime]
        // pyenv's shims refuse versions that are installed but not chosen.
        if let home = getenv("HOME").map({ String(cString: $0) }), runtime.hasPrefix("python3.") {
            let versions = (try? SourceTree.names(in: "\(home)/.pyenv/versions")) ?? []
            candidates += versions.filter { $0.hasPrefix("\(runtime.dropFirst(6)).") }.sorted().map {
                "\(home)/.pyenv/versions/\($0)/bin/\(runtime)"
            }
        }
        for program in candidates + ["python3"] {
            let answer = ChildCommand.run([
                program, "-c", "import sys;print(sys.implementation.cache_tag, sys.platform, end='')",
            ])
            if answer.status == 0 { return (program, answer.output) }
        }
        throw .failed(
            "\(logicalID): there is no \(runtime) and no python3 here", next: "apt-get install python3 python3-pip")
    }

    /// `pip install -r requirements.txt -t FOLDER`.
    /// - Returns: the folder.
    static func pip(_ requirements: String, _ python: String, for logicalID: String, cache: BuildCache)
        throws(Refusal) -> String
    {
        let version = ChildCommand.run([python, "-c", "import sys;print(sys.implementation.cache_tag, end='')"]).output
        return try once(Octets(text: "pip\0\(version)\0") + File.read(requirements), cache) { folder throws(Refusal) in
            Output.complain("building \(logicalID): \(python) -m pip install -r \(requirements)")
            let answer = ChildCommand.run([
                python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--no-compile",
                "--no-warn-script-location", "--upgrade", "-r", requirements, "-t", folder,
            ])
            guard answer.status == 0 else {
                if answer.output.contains("No module named pip") {
                    throw .failed("\(logicalID): \(python) has no pip", next: "apt-get install python3-pip")
                }
                Output.complain(answer.output)
                throw .failed(
                    "\(logicalID): pip could not install \(requirements)",
                    next: "mend the lines above; a package index must be within reach for the first build")
            }
        }
    }

    /// `npm install` of a package's dependencies.
    /// - Returns: the folder that holds `node_modules`.
    static func npm(_ source: String, for logicalID: String, cache: BuildCache) throws(Refusal) -> String {
        let lock = "\(source)/package-lock.json"
        let isLocked = File.exists(lock)
        let package = try File.read("\(source)/package.json")
        // Nothing to fetch for a package without dependencies.
        let key = Octets(text: "npm\0") + package + (isLocked ? try File.read(lock) : [])
        return try once(key, cache) { folder throws(Refusal) in
            guard package.text.contains("\"dependencies\"") else { return }
            Output.complain("building \(logicalID): npm \(isLocked ? "ci" : "install") for \(source)/package.json")
            try File.write(package, to: "\(folder)/package.json")
            if isLocked { try File.write(File.read(lock), to: "\(folder)/package-lock.json") }
            let answer = ChildCommand.run(
                [
                    "npm", isLocked ? "ci" : "install", "--omit=dev", "--no-audit", "--no-fund", "--no-progress",
                    // npm's own pauses keep people waiting for over a minute where there is no registry.
                    "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000",
                    // A package in a folder beside the code is linked to, and is there when the code is; npm 9 would copy it now.
                    "--install-links=false",
                ],
                in: folder)
            guard answer.status == 0 else {
                if answer.status == 127 {
                    throw .failed("\(logicalID): there is no npm here", next: "apt-get install npm")
                }
                Output.complain(answer.output)
                throw .failed(
                    "\(logicalID): npm could not install \(source)/package.json",
                    next: "mend the lines above; a node_modules folder beside package.json is taken as it is, and "
                        + "--no-build does without")
            }
        }
    }

    /// `make build-ID`, as `sam build` calls it.
    /// - Returns: a folder of its own with what it made; the caller removes it.
    static func make(_ source: String, for logicalID: String) throws(Refusal) -> String {
        guard File.exists("\(source)/Makefile") else {
            throw .failed(
                "\(logicalID): \(source) has no Makefile",
                next: "BuildMethod: makefile wants one with build-\(logicalID):")
        }
        var name = Array("/tmp/mailroom-build-XXXXXX".utf8CString)
        guard mkdtemp(&name) != nil else { throw .failed("no folder in /tmp: \(File.reason)", next: "check its space") }
        let folder = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        Output.complain("building \(logicalID): make build-\(logicalID) in \(source)")
        let answer = ChildCommand.run(
            ["make", "build-\(logicalID)", "ARTIFACTS_DIR=\(folder)"], in: source,
            environment: ["ARTIFACTS_DIR": folder])
        guard answer.status == 0 else {
            remove(folder)
            if answer.status == 127 {
                throw .failed("\(logicalID): there is no make here", next: "apt-get install make")
            }
            Output.complain(answer.output)
            throw .failed("\(logicalID): make build-\(logicalID) failed", next: "mend the lines above")
        }
        return folder
    }

    /// Removes a folder with everything in it.
    static func remove(_ folder: String) { _ = ChildCommand.run(["rm", "-rf", "--", folder]) }

    /// Fills a folder of the cache once for each key.
    private static func once(_ key: Octets, _ cache: BuildCache, _ fill: (String) throws(Refusal) -> Void)
        throws(Refusal) -> String
    {
        let name = "packages-\(Hexadecimal.encode(SHA256.digest(key)))"
        let folder = cache.path(name)
        if File.exists(folder) {
            cache.touch(name)
            return folder
        }
        // Filled elsewhere and moved: a build that is broken off leaves nothing that looks finished.
        let draft = "\(folder).\(getpid())"
        try File.makeDirectory(draft)
        do throws(Refusal) { try fill(draft) } catch {
            remove(draft)
            throw error
        }
        if rename(draft, folder) != 0 { remove(draft) }
        return folder
    }
}
