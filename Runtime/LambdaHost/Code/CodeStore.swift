import Archives
import CLinux
import Cryptography
import FunctionRuntime
import Glibc
import MailTypes
import Synchronization

/// Installed code, named by what is in it: `code/<sha256>/zip` and, unpacked, `code/<sha256>/files`.
///
/// Its calls block: for threads kept for that only.
final class CodeStore: Sendable {
    private struct State {
        var users: [String: Int] = [:]
        /// Forgotten while in use: removed with the last environment.
        var doomed: Set<String> = []
        var drafts = 0
        /// When this process installed it; what is not among them was there before.
        var installedAt: [String: Timestamp] = [:]
    }

    private let directory: String
    private let zipOctets: Int
    private let state = Mutex(State())

    /// A store in this folder. What a crash left half-done is removed.
    init(directory: String, zipOctets: Int) {
        (self.directory, self.zipOctets) = (directory, zipOctets)
        for name in Folder.names(in: directory) where name.hasPrefix(".new") { Folder.remove("\(directory)/\(name)") }
    }

    /// Unpacks and keeps a zip. Durable when this returns.
    func install(_ zip: Octets, at now: Timestamp) throws(LambdaCodeProblem) -> LambdaCode {
        guard zip.count <= zipOctets else {
            throw LambdaCodeProblem(
                "Zipped size must be smaller than \(zipOctets) bytes", code: "RequestEntityTooLargeException")
        }
        let digest = SHA256.digest(zip)
        let place = "\(directory)/\(Hexadecimal.encode(digest))"
        let draft = "\(directory)/.new-\(state.withLock { $0.drafts += 1; return $0.drafts })"
        guard Folder.make(draft), Folder.make("\(draft)/files", mode: 0o755) else { throw Self.full }
        defer { Folder.remove(draft) }
        let unpackedSize: Int
        do throws(ArchiveProblem) {
            unpackedSize = try ZipReader.unpack(zip, into: "\(draft)/files")
        } catch {
            throw Self.problem(error)
        }
        let name = Base64.encode(digest).text
        let code = LambdaCode(sha256: name, size: zip.count, unpackedSize: unpackedSize)
        state.withLock { state in
            state.doomed.remove(name)
            state.installedAt[name] = now
        }
        // The same zip was here before, whole, since only a finished folder gets this name.
        if access("\(place)/zip", F_OK) == 0 { return code }
        guard Folder.write(zip, to: "\(draft)/zip", mode: 0o600), Self.sync("\(draft)/files") else { throw Self.full }
        guard rename(draft, place) == 0 || access("\(place)/zip", F_OK) == 0, Self.sync(directory) else {
            throw Self.full
        }
        return code
    }

    /// The zip; nil when it is not here.
    func zip(of code: LambdaCode) -> Octets? { place(of: code.sha256).flatMap { Folder.read("\($0)/zip") } }

    /// The unpacked files, kept until `release`; nil when they are not here.
    func use(_ code: LambdaCode) -> String? {
        guard let place = place(of: code.sha256), access("\(place)/files", F_OK) == 0 else { return nil }
        state.withLock { $0.users[code.sha256, default: 0] += 1 }
        return "\(place)/files"
    }

    /// Ends a use.
    func release(_ code: LambdaCode) {
        let isOver = state.withLock { state -> Bool in
            let count = state.users[code.sha256, default: 1] - 1
            state.users[code.sha256] = count > 0 ? count : nil
            return count <= 0 && state.doomed.remove(code.sha256) != nil
        }
        if isOver, let digest = Base64.decode(Octets(text: code.sha256)) { remove(Hexadecimal.encode(digest)) }
    }

    /// Removes all others that were installed before a moment, those in use with their last environment.
    /// - Returns: how many.
    func forget(allBut codes: Set<LambdaCode>, installedBefore moment: Timestamp) -> Int {
        let kept = Set(codes.map(\.sha256))
        var count = 0
        for name in Folder.names(in: directory) where !name.hasPrefix(".") {
            guard let digest = Hexadecimal.decode(name).map({ Base64.encode($0).text }), !kept.contains(digest) else {
                continue
            }
            let (isYoung, isUsed) = state.withLock { state in
                if let installedAt = state.installedAt[digest], installedAt >= moment { return (true, false) }
                state.installedAt[digest] = nil
                guard state.users[digest] != nil else { return (false, false) }
                state.doomed.insert(digest)
                return (false, true)
            }
            guard !isYoung else { continue }
            count += 1
            if !isUsed { remove(name) }
        }
        return count
    }

    /// Takes a folder away at once: half of one under its name would be taken for all of it after a crash.
    private func remove(_ name: String) {
        let gone = "\(directory)/.new-gone-\(name)"
        if rename("\(directory)/\(name)", gone) == 0 { Folder.remove(gone) }
    }

    private func place(of sha256: String) -> String? {
        Base64.decode(Octets(text: sha256)).map { "\(directory)/\(Hexadecimal.encode($0))" }
    }

    /// Everything of the file system reaches the disk: one call for thousands of files.
    private static func sync(_ path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return clinux_sync_file_system(descriptor) == 0
    }

    private static let full = LambdaCodeProblem("The code cannot be stored now.", code: "ServiceException")

    private static func problem(_ problem: ArchiveProblem) -> LambdaCodeProblem {
        switch problem {
        case .tooLarge(let limit): LambdaCodeProblem("Unzipped size must be smaller than \(limit) bytes")
        case .system: full
        case .unreadable, .unsafeName, .tooManyEntries:
            LambdaCodeProblem("Could not unzip uploaded file. Please check your file, then try to upload again.")
        }
    }
}
