import AWSWire
import FunctionRuntime
import MailTypes

/// Whether an availability provider lets the organization in, and nobody else (reference/workmail-api.md §9).
struct AvailabilityTest {
    /// Characters of a FailureReason.
    static let reasonMax = 256
    /// How long a provider has for its answer (reference/clients-and-interop.md §7.1).
    static let patience = Duration.seconds(25)

    let services: DirectoryServices
    let organization: Organization
    /// The domain that is asked about.
    let domain: String
    let functions: any UserFunctions

    private var principal: String { "availability.workmail.\(services.settings.region).amazonaws.com" }
    private var source: String {
        ServicePlace(region: services.settings.region, account: services.settings.account)
            .arn("workmail", "organization/\(organization.id)")
    }

    /// What is wrong with the provider, in a sentence; nil for nothing.
    func problem(with provider: AvailabilityProvider, in context: Context) async -> String? {
        let problem: String?
        let asked: String
        switch provider {
        case .ews(let login):
            asked = login.endpoint
            problem = "Mailroom does not ask servers by EWS yet, so nobody logged in; use a LambdaProvider"
        case .lambda(let arn):
            asked = arn
            problem = await self.problem(withFunction: arn, in: context)
        }
        // The fields of WorkMail's own log of these calls (reference/organization-and-access.md §16).
        context.log.info(
            "availability.tested", .organization(organization.id), .other("type", provider.type),
            .other("domain", domain), .other("provider", asked), .reason(problem ?? "passed"))
        return problem
    }

    private func problem(withFunction arn: String, in context: Context) async -> String? {
        let caller = LambdaCaller.service(
            principal: principal, sourceARN: source, sourceAccount: services.settings.account)
        if let refusal = await functions.objection(to: arn, for: caller) { return words(for: refusal) }
        let anonymous = LambdaCaller.service(principal: principal, sourceARN: nil, sourceAccount: nil)
        guard await functions.objection(to: arn, for: anonymous) != nil else {
            return
                "the function's policy lets \(principal) in for everybody; add --source-arn \(source) to its permission"
        }
        let invocation = LambdaInvocation(
            requestID: context.random.identifier(at: context.now).description, payload: event(at: context.now).octets,
            invokedARN: arn, patience: Self.patience)
        do throws(LambdaRefusal) {
            let result = try await functions.invoke(arn, invocation, for: caller)
            return result.functionError == nil ? nil : Self.words(forFailure: result.payload)
        } catch { return words(for: error) }
    }

    /// A question about an address that nobody has, by nobody who could be taken for a user.
    private func event(at now: Timestamp) -> JSONValue {
        let name = "availability-test"
        return [
            "requester": [
                "email": .string("\(name)@\(organization.defaultDomain)"), "userName": .string(name),
                "organization": .string(organization.id.text), "userId": "S-1-5-18", "origin": "127.0.0.1",
            ],
            "mailboxes": [.string("\(name)@\(domain)")],
            "window": ["startDate": .string(now.rfc3339), "endDate": .string((now + .seconds(86400)).rfc3339)],
        ]
    }

    private func words(for refusal: LambdaRefusal) -> String {
        switch refusal {
        case .notFound(let what): "there is no function \(what)"
        case .denied: "the function's policy does not let \(principal) invoke it for \(source)"
        case .throttled(let reason): "the function is throttled: \(reason)"
        case .tooLarge(let limit): "the event is over \(limit) octets"
        case .outOfPatience(let patience): "the function gave no answer within \(patience.components.seconds) s"
        case .unavailable(let sentence): "the function cannot be started: \(sentence)"
        }
    }

    /// What a function says that failed.
    private static func words(forFailure payload: Octets) -> String {
        let error = try? JSONValue(parsing: payload)
        let told = [error?["errorType"]?.string, error?["errorMessage"]?.string].compactMap { $0 }
        return "the function failed: " + (told.isEmpty ? "it does not say why" : told.joined(separator: ": "))
    }
}
