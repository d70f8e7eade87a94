import MailTypes

extension RecordKind {
    /// Stacks' APIs of the API Gateway, by id: `WebAPI` in JSON.
    public static let webAPI: RecordKind = "web-api"
}

/// Which requests call which function, as the API Gateway of AWS has it (reference/functions.md §3.3, §5.3).
public struct WebAPI: Codable, Sendable, Hashable {
    /// The sorts; they differ in events, stages and words of errors.
    public enum Kind: String, Codable, Sendable {
        /// `AWS::Serverless::Api`.
        case rest
        /// `AWS::Serverless::HttpApi`, `AWS::ApiGatewayV2::Api`.
        case http
        /// `AWS::Lambda::Url`.
        case url
    }

    /// How a request is put to a function.
    public enum PayloadFormat: String, Codable, Sendable {
        case one = "1.0"
        case two = "2.0"
    }

    /// Who says whether a request may go on.
    public struct Authorizer: Codable, Sendable, Hashable {
        public var id: String
        /// The function's ARN, with a qualifier if it has one.
        public var function: String
        public var format: PayloadFormat
        /// What a request must have to be asked about at all: `$request.header.Authorization`, `$request.querystring.key`.
        public var identitySources: [String]
        /// It answers `{"isAuthorized": …}` instead of a policy.
        public var answersSimply: Bool

        /// An authorizer of these facts.
        public init(
            id: String, function: String, format: PayloadFormat, identitySources: [String], answersSimply: Bool
        ) {
            (self.id, self.function, self.format) = (id, function, format)
            (self.identitySources, self.answersSimply) = (identitySources, answersSimply)
        }
    }

    /// Requests of one method and path.
    public struct Route: Codable, Sendable, Hashable {
        /// In capitals; `ANY` for all.
        public var method: String
        /// `/orders/{id}`, `/{proxy+}`; `defaultPath` for what no other route takes.
        public var path: String
        /// The function's ARN, with a qualifier if it has one.
        public var function: String
        public var format: PayloadFormat
        public var authorizer: Authorizer?

        /// The path of the route that takes what is left.
        public static let defaultPath = "$default"

        /// `GET /orders/{id}`, `$default`.
        public var key: String { path == Self.defaultPath ? path : "\(method) \(path)" }

        /// A route to a function.
        public init(
            method: String, path: String, function: String, format: PayloadFormat, authorizer: Authorizer? = nil
        ) {
            (self.method, self.path, self.function, self.format) = (method, path, function, format)
            self.authorizer = authorizer
        }
    }

    /// What pages of other origins may do (Fetch standard, CORS protocol). Answered without a function.
    public struct CrossOrigin: Codable, Sendable, Hashable {
        /// `https://app.example`, `*`.
        public var origins: [String] = []
        public var methods: [String] = []
        public var headers: [String] = []
        public var exposedHeaders: [String] = []
        public var maxAgeSeconds: Int?
        public var allowsCredentials = false

        /// Nothing is allowed.
        public init() {}
    }

    /// Ten lower-case letters and digits.
    public var id: String
    public var kind: Kind
    /// `Prod`; `defaultStage` does not stand in paths.
    public var stage: String
    public var stageVariables: [String: String] = [:]
    /// Media types whose bodies go through base64 in a REST API: `image/png`, `*/*`.
    public var binaryTypes: [String] = []
    public var crossOrigin: CrossOrigin?
    public var routes: [Route] = []
    /// Set for functions' URLs only.
    public var url: FunctionURL?

    /// The stage of an HTTP API that says nothing about it.
    public static let defaultStage = "$default"

    /// An API without routes.
    public init(id: String, kind: Kind, stage: String) { (self.id, self.kind, self.stage) = (id, kind, stage) }

    /// The key of an API's record.
    public static func key(_ id: String) -> RecordKey { RecordKey(.webAPI, id) }

    /// The host that AWS would serve it at.
    public func host(in region: String) -> String {
        kind == .url ? "\(id).lambda-url.\(region).on.aws" : "\(id).execute-api.\(region).amazonaws.com"
    }

    /// Where it is served here, on every host.
    public var path: String { (kind == .url ? "/_url/" : "/_api/") + id }
}
