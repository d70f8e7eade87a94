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
        Operation("DeleteEventSourceMapping", "DELETE", "/2015-03-31/event-source-mappings/{}", nothing),
        Operation("CreateFunctionUrlConfig", "POST", "/2021-10-31/functions/{}/url") { call in
            _ = try await call.function()
            throw LambdaFailure(.invalidParameter, "Functions have no URLs of their own here. Call Invoke.")
        },
        Operation("GetFunctionUrlConfig", "GET", "/2021-10-31/functions/{}/url", nothing),
        Operation("DeleteFunctionUrlConfig", "DELETE", "/2021-10-31/functions/{}/url", nothing),
        Operation("ListFunctionUrlConfigs", "GET", "/2021-10-31/functions/{}/urls") { call in
            _ = try await call.function()
            return LambdaCall.members(["FunctionUrlConfigs": []])
        },
    ]

    @Sendable private static func nothing(_ call: LambdaCall) async throws -> HTTPResponse {
        throw LambdaFailure(.notFound, "The resource you requested does not exist.")
    }
}
