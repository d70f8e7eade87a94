import FunctionRuntime
import MailTypes

extension LambdaAPI {
    static let concurrencyOperations: [Operation] = [
        Operation("PutFunctionConcurrency", "PUT", "/2017-10-31/functions/{}/concurrency", putConcurrency),
        Operation("DeleteFunctionConcurrency", "DELETE", "/2017-10-31/functions/{}/concurrency", deleteConcurrency),
        Operation("GetFunctionConcurrency", "GET", "/2019-09-30/functions/{}/concurrency", getConcurrency),
        Operation("GetAccountSettings", "GET", "/2016-08-19/account-settings", accountSettings),
    ]

    /// Calls at once of all functions together, and how many of them no function may reserve for itself.
    static let concurrentExecutions = 1000
    private static let unreservedMin = 100

    private static func putConcurrency(_ call: LambdaCall) async throws -> HTTPResponse {
        var (entry, _) = try await call.function()
        let input = try await call.input()
        guard let wanted = try input.integer("ReservedConcurrentExecutions", 0...Int(Int32.max)) else {
            throw LambdaFailure(.invalidParameter, "ReservedConcurrentExecutions is needed.")
        }
        let others = try await reserved(call, without: entry.name)
        guard wanted + others <= concurrentExecutions - unreservedMin else {
            throw LambdaFailure(
                .invalidParameter,
                "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution "
                    + "below its minimum value of [\(unreservedMin)].")
        }
        entry.record.latest.reservedConcurrency = wanted
        try await call.registry.apply(entry.changes)
        return LambdaCall.members(["ReservedConcurrentExecutions": .integer(Int64(wanted))])
    }

    private static func deleteConcurrency(_ call: LambdaCall) async throws -> HTTPResponse {
        var (entry, _) = try await call.function()
        entry.record.latest.reservedConcurrency = nil
        try await call.registry.apply(entry.changes)
        return LambdaCall.done
    }

    private static func getConcurrency(_ call: LambdaCall) async throws -> HTTPResponse {
        let (entry, _) = try await call.function()
        return LambdaCall.members([
            "ReservedConcurrentExecutions": entry.record.latest.reservedConcurrency.map { .integer(Int64($0)) }
        ])
    }

    private static func accountSettings(_ call: LambdaCall) async throws -> HTTPResponse {
        try await call.allow(on: "*")
        let entries = try await call.registry.entries()
        let size = entries.reduce(0) { sum, entry in
            ([entry.record.latest] + entry.versions).reduce(sum) { $0 + $1.code.size }
        }
        let reserved = entries.reduce(0) { $0 + ($1.record.latest.reservedConcurrency ?? 0) }
        let limit: JSONValue = [
            "TotalCodeSize": 80_530_636_800, "CodeSizeUnzipped": 262_144_000,
            "CodeSizeZipped": .integer(Int64(LambdaCode.zipOctets)),
            "ConcurrentExecutions": .integer(Int64(concurrentExecutions)),
            "UnreservedConcurrentExecutions": .integer(Int64(concurrentExecutions - reserved)),
        ]
        let usage: JSONValue = [
            "TotalCodeSize": .integer(Int64(size)), "FunctionCount": .integer(Int64(entries.count)),
        ]
        return LambdaCall.members(["AccountLimit": limit, "AccountUsage": usage])
    }

    private static func reserved(_ call: LambdaCall, without name: String) async throws -> Int {
        try await call.registry.entries().reduce(0) { sum, entry in
            entry.name == name ? sum : sum + (entry.record.latest.reservedConcurrency ?? 0)
        }
    }
}
