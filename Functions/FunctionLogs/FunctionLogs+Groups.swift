import AWSWire
import FunctionRuntime
import MailTypes

extension FunctionLogs {
    /// Groups looked through for one answer.
    private static let groupsMax = 10_000
    /// Lines forgotten in one commit when a group is deleted.
    private static let trimStep = 1000

    static let groups: [Operation<FunctionLogs>] = [
        Operation(
            "CreateLogGroup",
            [
                .required("logGroupName", groupName), .optional("kmsKeyId", .text(0...256)), .optional("tags", .any),
                .optional("logGroupClass", .oneOf("STANDARD", "INFREQUENT_ACCESS", "DELIVERY")),
            ]
        ) { services, input, context in
            let name = input.required("logGroupName")
            let taken = ServiceFailure(exists, "The specified log group already exists")
            guard try await services.logs.groups(prefix: name, limit: 1).first != name,
                try await services.records.record(LogGroup.key(name)) == nil
            else { throw taken }
            try await services.records.apply([
                try LogGroup(name: name, createdAt: context.now).change(expecting: nil)
            ])
            return JSONObject()
        },
        Operation("DeleteLogGroup", [.required("logGroupName", groupName)]) { services, input, context in
            let name = try await services.existing(input)
            let streams = try await services.records.records(of: .logStream, prefix: name + ":")
            try await services.records.apply([.delete(LogGroup.key(name))] + streams.map { .delete($0.key) })
            let everything = context.now + .seconds(86400 * 3660)
            while try await services.logs.trim(olderThan: everything, group: name, limit: trimStep) == trimStep {}
            return JSONObject()
        },
        Operation(
            "DescribeLogGroups",
            [
                .optional("logGroupNamePrefix", groupName), .optional("logGroupNamePattern", .text(0...512)),
                .optional("limit", .integer(1...50)), .optional("nextToken", token),
                .optional("includeLinkedAccounts", .boolean), .optional("logGroupClass", .text(1...64)),
            ]
        ) { services, input, context in try await services.describeGroups(input, at: context.now) },
        Operation(
            "PutRetentionPolicy",
            [.required("logGroupName", groupName), .required("retentionInDays", .integer(1...3653))]
        ) { services, input, context in
            let days = input.integer("retentionInDays") ?? 0
            guard LogGroup.retentions.contains(days) else {
                throw ServiceFailure.invalid("\(days) is not one of the days that a retention policy can have")
            }
            return try await services.setRetention(days, input, at: context.now)
        },
        Operation("DeleteRetentionPolicy", [.required("logGroupName", groupName)]) { services, input, context in
            try await services.setRetention(nil, input, at: context.now)
        },
    ]

    private func setRetention(_ days: Int?, _ input: Input, at now: Timestamp) async throws -> JSONObject {
        let name = try await existing(input)
        var group =
            try await records.value(LogGroup.key(name), as: LogGroup.self)?.value
            ?? LogGroup(name: name, createdAt: now)
        group.retentionDays = days
        try await records.apply([try group.change(expecting: nil)])
        return JSONObject()
    }

    private func describeGroups(_ input: Input, at now: Timestamp) async throws -> JSONObject {
        let prefix = input.text("logGroupNamePrefix") ?? ""
        let pattern = (input.text("logGroupNamePattern") ?? "").asciiLowercased
        var groups: [String: LogGroup?] = [:]
        for record in try await records.records(of: .logGroup, prefix: prefix) {
            groups[record.key.name] = try record.decoded(as: LogGroup.self)
        }
        for name in try await logs.groups(prefix: prefix, limit: Self.groupsMax) where groups[name] == nil {
            groups[name] = .some(nil)
        }
        let names = groups.keys.filter { pattern.isEmpty || $0.asciiLowercased.contains(pattern) }
        let page = try Page(
            of: Array(names), for: input, operation: "DescribeLogGroups", size: input.integer("limit") ?? 50,
            tokenName: "nextToken"
        ) { $0 }
        return page.output("logGroups") { name in
            let group = groups[name] ?? nil
            return .members([
                "logGroupName": .string(name), "creationTime": .integer(group?.createdAt.milliseconds ?? 0),
                "retentionInDays": (group?.retentionDays).map { .integer(Int64($0)) }, "metricFilterCount": 0,
                "arn": .string(place.arn("logs", "log-group:\(name):*")),
                "logGroupArn": .string(place.arn("logs", "log-group:\(name)")), "storedBytes": 0,
                "logGroupClass": "STANDARD",
            ])
        }
    }
}
