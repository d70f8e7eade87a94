import AWSWire
import FunctionRuntime
import MailTypes

/// What scripts ask of CloudFormation: which stacks there are, and their outputs (reference/functions.md §4.3). Stacks are
/// made and changed by `mailroom deploy` alone.
public struct CloudFormationAPI: Handler {
    /// Stacks of one page.
    static let pageMax = 100

    private let stacks: Stacks
    private let permissions: any Permissions

    /// An API over these stacks.
    public init(_ stacks: Stacks, permissions: any Permissions) {
        (self.stacks, self.permissions) = (stacks, permissions)
    }

    public func handle(_ event: HTTPRequest, in context: Context) async throws -> HTTPResponse {
        try await Self.table.answer(event, with: self, in: context) { api, call in
            try await api.permissions.require(call.asker, "cloudformation:\(call.operation)", on: "*")
        }
    }

    private static let table = OperationTable<CloudFormationAPI>(
        prefix: "CloudFormation_20100515.", queryNamespace: "http://cloudformation.amazonaws.com/doc/2010-05-15/",
        [
            Operation(
                calling: "DescribeStacks",
                [.optional("StackName", .text(1...2048)), .optional("NextToken", .text(1...1024))]
            ) {
                api, call, _ in
                try await api.describe(call)
            },
            Operation(
                calling: "ListStacks", [.optional("NextToken", .text(1...1024)), .optional("StackStatusFilter", .any)]
            ) {
                api, call, _ in
                try await api.list(call)
            },
            Operation(
                calling: "DescribeStackResources",
                [.optional("StackName", .text(1...2048)), .optional("LogicalResourceId", .text(1...256))]
            ) { api, call, _ in try await api.resources(call) },
        ]
    ) { name in
        "Could not find operation \(name); stacks are made and changed with: mailroom deploy"
    }

    private func describe(_ call: Call) async throws -> JSONObject {
        let all = try await stacks.all()
        var wanted = all
        if let name = call.input.text("StackName") {
            wanted = all.filter { $0.name == name || $0.id == name }
            guard !wanted.isEmpty else {
                throw ServiceFailure(.validation, "Stack with id \(name) does not exist")
            }
        }
        let (page, next) = self.page(wanted, call)
        var answer = JSONObject()
        answer["Stacks"] = .array(page.map { stack($0, call.wire) })
        if let next { answer["NextToken"] = .string(next) }
        return answer
    }

    private func list(_ call: Call) async throws -> JSONObject {
        let filter = call.input.texts("StackStatusFilter")
        let all = try await stacks.all().filter { filter.isEmpty || filter.contains(Self.status($0)) }
        let (page, next) = self.page(all, call)
        var answer = JSONObject()
        answer["StackSummaries"] = .array(page.map { Self.summary($0, call.wire) })
        if let next { answer["NextToken"] = .string(next) }
        return answer
    }

    private func resources(_ call: Call) async throws -> JSONObject {
        let name = call.input.text("StackName") ?? ""
        guard let state = try await stacks.all().first(where: { $0.name == name || $0.id == name }) else {
            throw ServiceFailure(.validation, "Stack with id \(name) does not exist")
        }
        let logicalID = call.input.text("LogicalResourceId")
        var answer = JSONObject()
        answer["StackResources"] = .array(
            state.resources.filter { logicalID == nil || $0.logicalID == logicalID }.map { resource in
                [
                    "StackName": .string(state.name), "StackId": .string(state.id),
                    "LogicalResourceId": .string(resource.logicalID), "PhysicalResourceId": .string(resource.name),
                    "ResourceType": .string(resource.type), "Timestamp": call.wire.moment(state.updatedAt),
                    "ResourceStatus": "CREATE_COMPLETE",
                ]
            })
        return answer
    }

    /// Stacks after the token, which is the name of the last one that was told.
    private func page(_ stacks: [StackState], _ call: Call) -> (page: [StackState], next: String?) {
        let after = call.input.text("NextToken")
        let rest = stacks.filter { stack in after.map { $0.utf8.lexicographicallyPrecedes(stack.name.utf8) } ?? true }
        let page = Array(rest.prefix(Self.pageMax))
        return (page, page.count < rest.count ? page.last?.name : nil)
    }

    private static func status(_ state: StackState) -> String {
        state.number == 1 ? "CREATE_COMPLETE" : "UPDATE_COMPLETE"
    }

    private static func summary(_ state: StackState, _ wire: Wire) -> JSONValue {
        var summary = JSONObject()
        summary["StackId"] = .string(state.id)
        summary["StackName"] = .string(state.name)
        if let description = state.description { summary["TemplateDescription"] = .string(description) }
        summary["CreationTime"] = wire.moment(state.createdAt)
        if state.number > 1 { summary["LastUpdatedTime"] = wire.moment(state.updatedAt) }
        summary["StackStatus"] = .string(status(state))
        return .object(summary)
    }

    private func stack(_ state: StackState, _ wire: Wire) -> JSONValue {
        var stack = Self.summary(state, wire).object ?? JSONObject()
        stack["TemplateDescription"] = nil
        if let description = state.description { stack["Description"] = .string(description) }
        stack["Outputs"] = .array(
            stacks.reachable(state).map { output in
                var one = JSONObject()
                one["OutputKey"] = .string(output.name)
                one["OutputValue"] = .string(output.value)
                if let description = output.description { one["Description"] = .string(description) }
                if let name = output.exportName { one["ExportName"] = .string(name) }
                return .object(one)
            })
        stack["Parameters"] = .array(
            state.parameters.sorted { $0.key < $1.key }.map { name, value in
                ["ParameterKey": .string(name), "ParameterValue": .string(value)]
            })
        return .object(stack)
    }
}
