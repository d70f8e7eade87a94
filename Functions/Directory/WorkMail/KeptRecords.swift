import AWSWire
import FunctionRuntime
import MailTypes

// What operations that came later need. A system's template may be older than they are, and then grants nothing for them.
extension DirectoryServices {
    /// Records removed in one commit; a number to start from.
    private static let removedAtOnce = 500

    /// Where overrides and availability configurations are kept.
    func keptRecords(for operation: String) throws(APIFailure) -> any RecordStore {
        guard let records else {
            throw APIFailure(
                .unknownOperation,
                "\(operation) is not offered: the system's template grants WorkMailAPI no { Records: write }")
        }
        return records
    }

    /// Users' functions, to be called.
    func callableFunctions() throws(APIFailure) -> any UserFunctions {
        guard let functions else {
            throw APIFailure(
                .unknownOperation,
                "functions are not called: the system's template grants WorkMailAPI no { Functions: write }")
        }
        return functions
    }

    /// Removes what is kept for an organization, some of it at a time.
    func removeKeptRecords(of organization: OrganizationID) async throws(StoreFailure) {
        guard let records else { return }
        for kind in [RecordKind.deviceOverride, .deviceOverrideByDevice, .availability] {
            while true {
                let some = try await records.records(
                    of: kind, prefix: "\(organization)/", after: nil, limit: Self.removedAtOnce)
                guard !some.isEmpty else { break }
                try await records.apply(some.map { .delete($0.key) })
            }
        }
    }
}
