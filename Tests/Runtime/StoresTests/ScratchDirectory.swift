import FunctionRuntime
import Glibc
import MailTypes
import Stores

/// A directory for one test, removed with it.
final class ScratchDirectory: Sendable {
    let path: String

    init() {
        var template = Array("/tmp/mailroom-stores-XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil, "no directory for tests")
        path = String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { Self.remove(path) }

    /// A copy as it stands, as a crash would leave it: processes do not see what was not written.
    func copy() -> ScratchDirectory {
        let copy = ScratchDirectory()
        Self.copy(path, copy.path)
        return copy
    }

    /// All octets of all files below, with their names.
    func files() -> [(name: String, octets: Octets)] { Self.files(path) }

    static func names(_ path: String) -> [String] {
        guard let stream = opendir(path) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { octets in
                String(decoding: octets.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    static func read(_ path: String) -> Octets {
        let descriptor = Glibc.open(path, O_RDONLY)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var octets: Octets = []
        var piece = Octets(repeating: 0, count: 1 << 20)
        while case let count = Glibc.read(descriptor, &piece, piece.count), count > 0 { octets += piece[..<count] }
        return octets
    }

    static func write(_ octets: Octets, to path: String) {
        let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        precondition(descriptor >= 0, "cannot write \(path)")
        defer { close(descriptor) }
        var rest = octets[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            precondition(count > 0, "cannot write \(path)")
            rest = rest.dropFirst(count)
        }
    }

    private static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private static func files(_ path: String) -> [(name: String, octets: Octets)] {
        names(path).flatMap { name -> [(name: String, octets: Octets)] in
            let whole = path + "/" + name
            return isDirectory(whole) ? files(whole) : [(whole, read(whole))]
        }
    }

    private static func copy(_ from: String, _ to: String) {
        for name in names(from) where name != "lock" {
            if isDirectory(from + "/" + name) {
                mkdir(to + "/" + name, 0o700)
                copy(from + "/" + name, to + "/" + name)
            } else {
                write(read(from + "/" + name), to: to + "/" + name)
            }
        }
    }

    private static func remove(_ path: String) {
        for name in names(path) {
            let whole = path + "/" + name
            if isDirectory(whole) { remove(whole) } else { unlink(whole) }
        }
        rmdir(path)
    }
}

extension ScratchDirectory {
    /// The stores of this directory.
    func open(
        seed: UInt64 = 7, changes: MailboxChanges = MailboxChanges(), log: Log = .silent,
        masterKey: (any MasterKeySource)? = nil
    ) throws -> SQLiteStores {
        try SQLiteStores.open(
            directory: path, masterKey: masterKey, time: ManualTime(), random: SeededRandom(seed), changes: changes,
            log: log)
    }
}

extension Stores {
    /// The contract suite's view of the embedded stores.
    init(_ stores: SQLiteStores, in directory: ScratchDirectory, changes: MailboxChanges, seed: UInt64) {
        self.init(
            spool: stores, traces: stores, mailboxes: stores, directory: stores, rules: stores, jobs: stores,
            stacks: stores, records: stores, functionLogs: stores, objects: stores, changes: changes,
            random: SeededRandom(seed &+ 1),
            keeping: directory)
    }
}
