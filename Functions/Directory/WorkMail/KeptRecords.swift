import AWSWire
import FunctionRuntime
import MailTypes

// What operations that came later need. A system's template may be older than they are, and then grants nothing for them.
extension DirectoryServices {
    /// Records removed in one commit; a number to start from.
    private static let removedAtOnce = 500

    /// Where overrides, availability configurations, mailbox permissions and SMTP gateways are kept.
    func keptRecords(for operation: String, grantedTo function: String = "WorkMailAPI") throws(APIFailure)
        -> any RecordStore
    {
        guard let records else {
            throw APIFailure(
                .unknownOperation,
                "\(operation) is not offered: the system's template grants \(function) no { Records: write }")
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
        let kinds: [RecordKind] = [
            .deviceOverride, .deviceOverrideByDevice, .availability, .mailboxPermission, .mailboxPermissionByGrantee,
            .smtpGateway,
        ]
        for kind in kinds {
            try await removeAll(of: kind, prefix: "\(organization)/", records) { record in [.delete(record.key)] }
        }
    }

    /// Removes what is kept for an entity that is about to be deleted, some of it at a time: its overrides, and the
    /// permissions that it gave and got. Interrupted, the same call goes on.
    func removeKeptRecords(of entity: EntityID, in organization: OrganizationID) async throws(StoreFailure) {
        guard let records else { return }
        let overrides = DeviceOverride.prefix(of: entity, in: organization)
        try await removeAll(of: .deviceOverride, prefix: overrides, records) { record throws(StoreFailure) in
            try record.decoded(as: DeviceOverride.self).removing
        }
        let permissions = MailboxPermission.prefix(of: entity, in: organization)
        for kind in [RecordKind.mailboxPermission, .mailboxPermissionByGrantee] {
            try await removeAll(of: kind, prefix: permissions, records) { record throws(StoreFailure) in
                try record.decoded(as: MailboxPermission.self).removing
            }
        }
    }

    private func removeAll(
        of kind: RecordKind, prefix: String, _ records: any RecordStore,
        removing: (StoredRecord) throws(StoreFailure) -> [RecordChange]
    ) async throws(StoreFailure) {
        while true {
            let some = try await records.records(of: kind, prefix: prefix, after: nil, limit: Self.removedAtOnce)
            guard !some.isEmpty else { return }
            var changes: [RecordChange] = []
            for record in some { changes += try removing(record) }
            try await records.apply(changes)
        }
    }
}
