import AWSWire
import FunctionRuntime
import MailPolicy
import MailTypes

// Journaling (reference/email-flow.md §8).
extension Administration {
    static let journalingOperations: [Operation<DirectoryServices>] = [
        .init("GetJournalingRules", [.required("OrganizationId", .organizationID)]) { services, input, _ in
            try await services.usable(input.organization)
            let settings = try await services.rules.journaling(of: input.organization)
            return JSONObject([
                "Enabled": .bool(settings != nil), "JournalAddress": .text(settings?.journalAddress.description),
                "ReportAddress": .text(settings?.reportAddress.description),
            ])
        },
        .init(
            "SetJournalingRules",
            [
                .required("OrganizationId", .organizationID), .required("Enabled", .boolean),
                .optional("JournalAddress", .text(1...320)), .optional("ReportAddress", .text(1...320)),
            ]
        ) { services, input, _ in
            try await services.usable(input.organization)
            guard input.flag("Enabled") == true else {
                try await services.rules.setJournaling(nil, of: input.organization)
                return JSONObject()
            }
            let settings = JournalingSettings(
                journalAddress: try input.address("JournalAddress"), reportAddress: try input.address("ReportAddress"))
            // The sender of the records has no mailbox, so it can be neither.
            for address in [settings.journalAddress, settings.reportAddress]
            where NamePolicy.isReserved(address.localPart) {
                throw APIFailure.invalid("\(address) is an address of the system")
            }
            try await services.rules.setJournaling(settings, of: input.organization)
            return JSONObject()
        },
    ]
}
