import CCurl
import FoundationEssentials
import FunctionRuntime
import Glibc
import HTTP
import MailTypes

/// Calls to a running system's APIs, signed with the card's keys or those in the environment.
struct API: Sendable {
    let endpoint: String
    private let keyID: String
    private let secret: Secret<String>
    private let region: String
    private let ca: String?

    /// The system that `--endpoint` names, or the one that runs on `--data`.
    init(_ arguments: Arguments) throws(Refusal) {
        if let endpoint = arguments["endpoint"] {
            guard let id = API.environment("AWS_ACCESS_KEY_ID"), let secret = API.environment("AWS_SECRET_ACCESS_KEY")
            else {
                throw .failed(
                    "--endpoint needs keys",
                    next: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, as mailroom env prints them there")
            }
            self.endpoint = endpoint.hasSuffix("/") ? String(endpoint.dropLast()) : endpoint
            (keyID, self.secret) = (id, Secret(secret))
            region = API.environment("AWS_DEFAULT_REGION") ?? "us-east-1"
            ca = API.environment("AWS_CA_BUNDLE")
        } else {
            let card = try Card.read(in: arguments["data"] ?? ".mailroom")
            endpoint = card.aws.endpoint
            (keyID, secret, region, ca) = (card.aws.accessKeyId, Secret(card.aws.secretAccessKey), card.region, card.ca)
        }
    }

    private static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// Calls an operation of the WorkMail API. It takes domains in ASCII only; a person may write them in letters.
    func workMail(_ operation: String, _ input: JSONValue) throws(Refusal) -> JSONValue {
        var spelled = input.object ?? JSONObject()
        for name in ["Email", "Alias"] {
            guard let address = spelled[name]?.string.flatMap({ Address($0) }), address.needsSMTPUTF8 else { continue }
            spelled[name] = .string("\(Address(localPart: address.localPart, domain: address.canonicalDomain))")
        }
        if let domain = spelled["DomainName"]?.string { spelled["DomainName"] = .string(DomainName.canonical(domain)) }
        return try call("workmail", "WorkMailService.\(operation)", .object(spelled))
    }

    /// Calls an operation that AWS never published: flow rules, traces, deployments.
    func mailroom(_ operation: String, _ input: JSONValue) throws(Refusal) -> JSONValue {
        try call("mailroom", "Mailroom.\(operation)", input)
    }

    /// Every element of a paginated list.
    func all(_ operation: String, _ member: String, _ input: JSONValue) throws(Refusal) -> [JSONValue] {
        var elements: [JSONValue] = []
        var request = input.object ?? JSONObject()
        while true {
            let page = try workMail(operation, .object(request))
            elements += page[member]?.array ?? []
            guard let token = page["NextToken"]?.string else { return elements }
            request["NextToken"] = .string(token)
        }
    }

    /// One signed request.
    /// - Parameter path: as it goes on the wire.
    func send(
        _ method: String, _ path: String, service: String, headers more: HTTPFields = [:], body: Octets = []
    ) throws(Refusal) -> CurlTransfer.Result {
        let host =
            endpoint.split(separator: "/", omittingEmptySubsequences: true).dropFirst().first.map(String.init) ?? ""
        var headers = more
        headers["Host"] = host
        SignatureV4.sign(
            method: method, path: path, headers: &headers, body: body, with: AccessKey(id: keyID, secret: secret),
            region: region, service: service, at: SystemClock.now())
        let transfer = try CurlTransfer(url: endpoint + path, timeoutSeconds: 900)
        transfer.set(CURLOPT_CUSTOMREQUEST, method)
        if let ca, endpoint.hasPrefix("https:") { transfer.set(CURLOPT_CAINFO, ca) }
        transfer.set(CURLOPT_HTTPHEADER, list: headers.fields.map { "\($0.name): \($0.value)" } + ["Expect:"])
        switch method {
        case "HEAD": transfer.set(CURLOPT_NOBODY, 1)
        case "PUT": transfer.setUpload(body)
        default: transfer.setPost(body)
        }
        return try transfer.perform()
    }

    private func call(_ service: String, _ target: String, _ input: JSONValue) throws(Refusal) -> JSONValue {
        let result = try send(
            "POST", "/", service: service,
            headers: ["Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target], body: input.octets)
        let answer =
            result.body.isEmpty ? .object(JSONObject()) : try? JSONValue(parsing: result.body, limitOctets: 64 << 20)
        guard result.status == 200, let answer else {
            let name = answer?["__type"]?.string?.split(separator: "#").last.map(String.init) ?? "HTTP \(result.status)"
            let message = answer?["Message"]?.string ?? answer?["message"]?.string ?? result.body.text
            throw .failed("\(name): \(message)", next: API.advice(for: name))
        }
        return answer
    }

    private static func advice(for error: String) -> String {
        switch error {
        case "OrganizationNotFoundException": "see: mailroom org list"
        case "EntityNotFoundException": "see: mailroom user list"
        case "MailDomainNotFoundException", "MailDomainStateException": "see: mailroom domain list"
        case "EntityStateException":
            "see its state: mailroom user show; what is enabled is disabled first: mailroom user disable"
        case "InvalidSignatureException", "UnrecognizedClientException": "take fresh keys: eval \"$(mailroom env)\""
        case "InvalidPasswordException": "8 to 63 characters, three of: upper, lower, digit, special"
        case "ResourceInUseException": "see: mailroom rule list --direction outbound"
        case "StackNotFoundException": "see: mailroom stacks"
        default: "see --help"
        }
    }
}
