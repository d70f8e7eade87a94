import AWSWire
import FunctionRuntime
import MailTypes

// Mailboxes and their quotas (reference/workmail-api.md §4).
extension WorkMailAPI {
    /// Megabytes a mailbox can have (reference/email-flow.md §10).
    static let quotaMB: ClosedRange<Int64> = 1...51200

    static let mailboxOperations: [Operation<DirectoryServices>] = [
        .init(
            "GetMailboxDetails",
            [.required("OrganizationId", .organizationID), .required("UserId", .entityIdentifier)]
        ) { services, input, _ in
            try await services.usable(input.organization)
            let user = try await services.entity(input.required("UserId"), in: input.organization, [.user, .resource])
            guard user.state == .enabled, user.mailboxProvisionedAt != nil else {
                throw APIFailure(.entityNotFound, "\(user.name) has no mailbox")
            }
            let usage = try await services.mailboxes.usage(of: user.id)
            return JSONObject([
                "MailboxQuota": .integer(Int64(user.quotaMB)), "MailboxSize": .number(Double(usage.used) / 1_048_576),
            ])
        },
        .init(
            "UpdateMailboxQuota",
            [
                .required("OrganizationId", .organizationID), .required("UserId", .entityIdentifier),
                .required("MailboxQuota", .integer(quotaMB)),
            ]
        ) { services, input, _ in
            try await services.usable(input.organization)
            var user = try await services.entity(input.required("UserId"), in: input.organization, [.user, .resource])
            try services.requireEnabled(user)
            user.quotaMB = input.integer("MailboxQuota") ?? user.quotaMB
            try await services.directory.updateEntity(user)
            return JSONObject()
        },
    ]
}
