import FunctionRuntime
import MailTypes
import Stacks
import Synchronization

/// A host that runs nothing: a zip's code is named by the zip's text.
final class ScriptedHost: LambdaHosting {
    let installed = Mutex<Set<String>>([])
    /// What was kept of each function that was retired.
    let retired = Mutex<[String: Set<LambdaRevision>]>([:])
    /// Runtimes that do not run here, and why.
    let missing = Mutex<[String: String]>([:])

    /// What runs functions of a runtime that is not installed.
    let substitutes = Mutex<[String: String]>([:])

    /// The digest of a zip, as it is known before and after it is installed.
    static func digest(_ zip: Octets) -> String { Base64.encode(zip).text }

    func install(zip: Octets) async throws(LambdaCodeProblem) -> LambdaCode {
        guard zip != Octets(text: "broken") else {
            throw LambdaCodeProblem("Could not unzip uploaded file. Please check your file, then try to upload again.")
        }
        let digest = Self.digest(zip)
        installed.withLock { _ = $0.insert(digest) }
        return LambdaCode(sha256: digest, size: zip.count, unpackedSize: zip.count)
    }

    func zip(of code: LambdaCode) async -> Octets? { nil }
    func forget(allBut codes: Set<LambdaCode>, installedBefore moment: Timestamp) async -> Int {
        installed.withLock { installed in
            let gone = installed.subtracting(codes.map(\.sha256))
            installed.subtract(gone)
            return gone.count
        }
    }
    func problem(ofRuntime runtime: String) async -> String? { missing.withLock { $0[runtime] } }

    func substitute(forRuntime runtime: String) async -> String? { substitutes.withLock { $0[runtime] } }

    func invoke(_ function: LambdaFunction, _ invocation: LambdaInvocation) async throws(LambdaRefusal) -> LambdaResult
    {
        throw .notFound(function.name)
    }

    func retire(_ name: String, keeping: Set<LambdaRevision>) async { retired.withLock { $0[name] = keeping } }
}

/// A record store that fails when it is told to.
final class FailingRecords: RecordStore {
    let next: any RecordStore
    let failure = Mutex<StoreFailure?>(nil)

    init(_ next: any RecordStore) { self.next = next }

    func record(_ key: RecordKey) async throws(StoreFailure) -> StoredRecord? { try await next.record(key) }

    func records(of kind: RecordKind, prefix: String, after: String?, limit: Int)
        async throws(StoreFailure) -> [StoredRecord]
    { try await next.records(of: kind, prefix: prefix, after: after, limit: limit) }

    func apply(_ changes: [RecordChange]) async throws(StoreFailure) {
        if let failure = failure.withLock({ $0 }) { throw failure }
        try await next.apply(changes)
    }
}
