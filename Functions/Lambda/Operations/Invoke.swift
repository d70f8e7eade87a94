import FunctionRuntime
import MailTypes

extension LambdaAPI {
    static let invokeOperations: [Operation] = [
        Operation("Invoke", "POST", "/2015-03-31/functions/{}/invocations", invoke),
        Operation("InvokeAsync", "POST", "/2014-11-13/functions/{}/invoke-async", invokeAsync),
    ]

    /// Octets of an event (reference/functions.md §1.7).
    static let synchronousOctets = 6_291_456
    static let asynchronousOctets = 1_048_576
    /// Octets of X-Amz-Client-Context as it is sent.
    private static let clientContextOctets = 3583

    private static func invoke(_ call: LambdaCall) async throws -> HTTPResponse {
        let (reference, arn) = try await target(call)
        let headers = call.request.headers
        let type = headers["X-Amz-Invocation-Type"] ?? "RequestResponse"
        let logType = headers["X-Amz-Log-Type"] ?? "None"
        guard ["RequestResponse", "Event", "DryRun"].contains(type) else {
            throw LambdaFailure.constraint(
                "invocationType", type, "Member must satisfy enum value set: [Event, RequestResponse, DryRun]")
        }
        guard logType == "None" || logType == "Tail" else {
            throw LambdaFailure.constraint("logType", logType, "Member must satisfy enum value set: [None, Tail]")
        }
        let payload = try await payload(call, type: type)
        let invocation = LambdaInvocation(
            requestID: call.context.requestID.description, payload: payload, invokedARN: arn,
            clientContext: try clientContext(headers["X-Amz-Client-Context"]), message: messageAtHand(of: call),
            wantsLogTail: logType == "Tail")
        let name = reference.name + (reference.qualifier.map { ":\($0)" } ?? "")
        switch type {
        case "DryRun":
            if let objection = await call.services.functions.objection(to: name, for: .account) {
                throw LambdaFailure(objection, caller: "", resource: arn)
            }
            return LambdaCall.done
        case "Event":
            do throws(LambdaRefusal) {
                try await call.services.functions.enqueue(name, invocation, for: .account)
            } catch { throw LambdaFailure(error, caller: "", resource: arn) }
            return HTTPResponse(202)
        default:
            let result: LambdaResult
            do throws(LambdaRefusal) {
                result = try await call.services.functions.invoke(name, invocation, for: .account)
            } catch { throw LambdaFailure(error, caller: "", resource: arn) }
            var response = HTTPResponse(
                200,
                headers: [
                    "Content-Type": "application/json", "X-Amz-Executed-Version": result.executedVersion,
                ], body: .octets(result.payload))
            if let error = result.functionError { response.headers["X-Amz-Function-Error"] = error }
            if logType == "Tail" { response.headers["X-Amz-Log-Result"] = Base64.encode(result.logTail).text }
            return response
        }
    }

    private static func invokeAsync(_ call: LambdaCall) async throws -> HTTPResponse {
        let (reference, arn) = try await target(call)
        let invocation = LambdaInvocation(
            requestID: call.context.requestID.description, payload: try await payload(call, type: "Event"),
            invokedARN: arn, message: messageAtHand(of: call))
        do throws(LambdaRefusal) {
            try await call.services.functions.enqueue(reference.name, invocation, for: .account)
        } catch { throw LambdaFailure(error, caller: "", resource: arn) }
        return HTTPResponse(202)
    }

    /// The message that the calling function works on: what it hands to another function, that one may read, too.
    private static func messageAtHand(of call: LambdaCall) -> LambdaMessage? {
        guard case .key(let id, _, _, _) = call.request.caller else { return nil }
        return call.services.sessions.session(id)?.message
    }

    private static func target(_ call: LambdaCall) async throws -> (FunctionReference, arn: String) {
        let reference = try call.reference()
        let arn = call.registry.arn(of: reference.name, qualifier: reference.qualifier)
        // Both ways to invoke are one right.
        try await call.allow("InvokeFunction", on: arn)
        return (reference, arn)
    }

    /// The event, checked to be JSON and passed on as it came.
    private static func payload(_ call: LambdaCall, type: String) async throws -> Octets {
        let limit = type == "Event" ? asynchronousOctets : synchronousOctets
        let payload: Octets
        do {
            payload = try await call.request.body.collect(upTo: limit)
        } catch is HTTPBodyTooLarge {
            throw LambdaFailure(
                .requestTooLarge, "The payload is too large for the \(type) invocation type (limit \(limit) bytes)")
        }
        if payload.isEmpty { return Octets(text: "{}") }
        if let problem = JSONSyntax.problem(in: payload) {
            throw LambdaFailure(
                .invalidRequestContent, "Could not parse request body into json: \(problem)")
        }
        return payload
    }

    private static func clientContext(_ header: String?) throws -> String? {
        guard let header, !header.isEmpty else { return nil }
        guard header.utf8.count <= clientContextOctets, let octets = Base64.decode(header.utf8),
            JSONSyntax.problem(in: octets) == nil
        else {
            throw LambdaFailure(
                .invalidRequestContent, "Client context must be a valid Base64-encoded JSON object.")
        }
        return octets.text
    }
}
