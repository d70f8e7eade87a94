import FunctionRuntime

extension LambdaAPI {
    /// What other deploy tools and scripts ask for in passing, and what is not here: each says so in the API's own words.
    static let otherOperations: [Operation] = [
        Operation("ListEventSourceMappings", "GET", "/2015-03-31/event-source-mappings") { call in
            try await call.allow(on: "*")
            return LambdaCall.members(["EventSourceMappings": []])
        },
        Operation("CreateEventSourceMapping", "POST", "/2015-03-31/event-source-mappings") { _ in
            throw LambdaFailure(
                .invalidParameter,
                "Functions do not read queues or streams here. Invoke the function, or give it to a rule, a schedule or a bucket."
            )
        },
        Operation("GetEventSourceMapping", "GET", "/2015-03-31/event-source-mappings/{}", nothing),
        Operation("UpdateEventSourceMapping", "PUT", "/2015-03-31/event-source-mappings/{}", nothing),
        Operation("DeleteEventSourceMapping", "DELETE", "/2015-03-31/event-source-mappings/{}", nothing),
        Operation("PutProvisionedConcurrencyConfig", "PUT", "/2019-09-30/functions/{}/provisioned-concurrency") {
            call in
            _ = try await call.function()
            throw LambdaFailure(
                .invalidParameter,
                "Environments are kept as they are needed here, none are provisioned. Reserve concurrency.")
        },
        Operation("GetProvisionedConcurrencyConfig", "GET", "/2019-09-30/functions/{}/provisioned-concurrency") {
            call in
            // One path, two operations: `List=ALL` tells them apart.
            guard call.request.queryValue("List") == nil else {
                _ = try await call.function()
                return LambdaCall.members(["ProvisionedConcurrencyConfigs": []])
            }
            _ = try await call.function()
            throw LambdaFailure(
                .provisionedConcurrencyNotFound, "No Provisioned Concurrency Config found for this function")
        },
        Operation(
            "DeleteProvisionedConcurrencyConfig", "DELETE", "/2019-09-30/functions/{}/provisioned-concurrency"
        ) { call in
            _ = try await call.function()
            return LambdaCall.done
        },
        Operation("GetLayerVersionPolicy", "GET", "/2018-10-31/layers/{}/versions/{}/policy", nothing),
        Operation("RemoveLayerVersionPermission", "DELETE", "/2018-10-31/layers/{}/versions/{}/policy/{}", nothing),
        Operation("AddLayerVersionPermission", "POST", "/2018-10-31/layers/{}/versions/{}/policy") { _ in
            throw LambdaFailure(.invalidParameter, "There is one account here, and it may use every layer.")
        },
        Operation("GetFunctionCodeSigningConfig", "GET", "/2020-06-30/functions/{}/code-signing-config") { call in
            let (entry, _) = try await call.function()
            return LambdaCall.members(["FunctionName": .string(entry.name)])
        },
        Operation("GetRuntimeManagementConfig", "GET", "/2021-07-20/functions/{}/runtime-management-config") { call in
            let (entry, reference) = try await call.function()
            let arn = call.registry.arn(of: entry.name, qualifier: reference.qualifier ?? LambdaFunction.latest)
            return LambdaCall.members(["UpdateRuntimeOn": "Auto", "FunctionArn": .string(arn)])
        },
        Operation("GetFunctionRecursionConfig", "GET", "/2024-08-31/functions/{}/recursion-config") { call in
            _ = try await call.function()
            // Mail that functions keep sending on ends by itself.
            return LambdaCall.members(["RecursiveLoop": "Terminate"])
        },
    ]

    @Sendable private static func nothing(_ call: LambdaCall) async throws -> HTTPResponse {
        throw LambdaFailure(.notFound, "The resource you requested does not exist.")
    }
}
