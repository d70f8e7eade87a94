import FunctionRuntime
import MailTypes

/// What destinations hear of an asynchronous event's end (reference/functions.md §2.2).
struct InvocationRecord {
    let event: AsyncInvocation.Event
    let payload: Octets
    /// The function with its version.
    let arn: String
    let attempt: Int
    var result: LambdaResult?

    init(_ event: AsyncInvocation.Event, payload: Octets, arn: String, attempt: Int) {
        (self.event, self.payload, self.arn, self.attempt) = (event, payload, arn, attempt)
    }

    /// What the function's error body says.
    var errorMessage: String? {
        guard let result, let body = try? JSONValue(parsing: result.payload) else { return nil }
        let type = body["errorType"]?.string.map { "\($0): " } ?? ""
        return body["errorMessage"]?.string.map { type + $0.prefix(500) }
    }

    /// The record; event and answer stand in it as they are.
    func octets(condition: String, at now: Timestamp) -> Octets {
        var head = JSONObject()
        head["version"] = "1.0"
        head["timestamp"] = .string(now.rfc3339)
        head["requestContext"] = [
            "requestId": .string(event.requestID), "functionArn": .string(arn), "condition": .string(condition),
            "approximateInvokeCount": .integer(Int64(attempt)),
        ]
        // The last brace makes way for what follows.
        var record = Octets(JSONValue.object(head).octets.dropLast())
        record += Octets(text: ",\"requestPayload\":") + payload
        if let result {
            var response = JSONObject()
            response["statusCode"] = 200
            response["executedVersion"] = .string(result.executedVersion)
            response["functionError"] = result.functionError.map { .string($0) }
            record += Octets(text: ",\"responseContext\":") + JSONValue.object(response).octets
            let isJSON = JSONSyntax.problem(in: result.payload) == nil
            record += Octets(text: ",\"responsePayload\":") + (isJSON ? result.payload : Octets(text: "null"))
        }
        record.append(0x7D)
        return record
    }
}
