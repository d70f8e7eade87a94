import FunctionRuntime
import MailTypes

extension LambdaAPI {
    private static let path = "/2019-09-25/functions/{}/event-invoke-config"

    static let eventInvokeOperations: [Operation] = [
        Operation("PutFunctionEventInvokeConfig", "PUT", path) { try await set($0, replacing: true) },
        Operation("UpdateFunctionEventInvokeConfig", "POST", path) { try await set($0, replacing: false) },
        Operation("GetFunctionEventInvokeConfig", "GET", path, getSettings),
        Operation("DeleteFunctionEventInvokeConfig", "DELETE", path, deleteSettings),
        Operation("ListFunctionEventInvokeConfigs", "GET", path + "/list", listSettings),
    ]

    private static func set(_ call: LambdaCall, replacing: Bool) async throws -> HTTPResponse {
        var (entry, reference) = try await call.function()
        let key = FunctionRecord.key(reference.qualifier)
        let input = try await call.input()
        var settings: EventInvokeSettings
        if replacing {
            settings = EventInvokeSettings()
        } else {
            settings = try stored(entry, reference, call)
        }
        settings.retriesMax = try input.integer("MaximumRetryAttempts", 0...2) ?? settings.retriesMax
        settings.ageMaxSeconds = try input.integer("MaximumEventAgeInSeconds", 60...21_600) ?? settings.ageMaxSeconds
        if let destinations = try input.structure("DestinationConfig") {
            if let success = try destinations.structure("OnSuccess") {
                settings.onSuccess = try success.text("Destination", upTo: 350)
            }
            if let failure = try destinations.structure("OnFailure") {
                settings.onFailure = try failure.text("Destination", upTo: 350)
            }
        }
        guard
            settings.retriesMax != nil || settings.ageMaxSeconds != nil || settings.onSuccess != nil
                || settings.onFailure != nil
        else {
            throw LambdaFailure(
                .invalidParameter, "You must specify at least one of error handling or destination setting.")
        }
        settings.modifiedAt = call.context.now.milliseconds
        entry.record.asynchronous[key] = settings
        try await call.registry.apply(entry.changes)
        return LambdaCall.answer(shown(settings, of: entry, key, call))
    }

    private static func getSettings(_ call: LambdaCall) async throws -> HTTPResponse {
        let (entry, reference) = try await call.function()
        let settings = try stored(entry, reference, call)
        return LambdaCall.answer(shown(settings, of: entry, FunctionRecord.key(reference.qualifier), call))
    }

    private static func deleteSettings(_ call: LambdaCall) async throws -> HTTPResponse {
        var (entry, reference) = try await call.function()
        _ = try stored(entry, reference, call)
        entry.record.asynchronous[FunctionRecord.key(reference.qualifier)] = nil
        try await call.registry.apply(entry.changes)
        return LambdaCall.done
    }

    private static func listSettings(_ call: LambdaCall) async throws -> HTTPResponse {
        let (entry, _) = try await call.function()
        let page = try call.page(entry.record.asynchronous.sorted { $0.key < $1.key }) { $0.key }
        return LambdaCall.members([
            "FunctionEventInvokeConfigs": .array(page.elements.map { shown($0.value, of: entry, $0.key, call) }),
            "NextMarker": page.next,
        ])
    }

    private static func stored(_ entry: FunctionEntry, _ reference: FunctionReference, _ call: LambdaCall) throws
        -> EventInvokeSettings
    {
        guard let settings = entry.record.asynchronous[FunctionRecord.key(reference.qualifier)] else {
            let arn = call.registry.arn(of: entry.name, qualifier: reference.qualifier ?? LambdaFunction.latest)
            throw LambdaFailure(.notFound, "The function \(arn) doesn't have an EventInvokeConfig")
        }
        return settings
    }

    private static func shown(
        _ settings: EventInvokeSettings, of entry: FunctionEntry, _ key: String, _ call: LambdaCall
    ) -> JSONValue {
        var shown = JSONObject()
        shown["FunctionArn"] = .string(
            call.registry.arn(of: entry.name, qualifier: key.isEmpty ? LambdaFunction.latest : key))
        shown["LastModified"] = .timestamp(Timestamp(milliseconds: settings.modifiedAt))
        shown["MaximumRetryAttempts"] = settings.retriesMax.map { .integer(Int64($0)) }
        shown["MaximumEventAgeInSeconds"] = settings.ageMaxSeconds.map { .integer(Int64($0)) }
        shown["DestinationConfig"] = [
            "OnSuccess": .object(destination(settings.onSuccess)),
            "OnFailure": .object(destination(settings.onFailure)),
        ]
        return .object(shown)
    }

    private static func destination(_ arn: String?) -> JSONObject {
        var object = JSONObject()
        object["Destination"] = arn.map { .string($0) }
        return object
    }
}
