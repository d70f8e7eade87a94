import MailTypes

extension RecordKind {
    /// Ids of functions' URLs, by `FUNCTION:QUALIFIER`, in which `$LATEST` is nothing.
    public static let functionURL: RecordKind = "function-url"
}

/// A function's own URL: an API whose one route takes every request (reference/functions.md §2, §3.3, §5.3).
public struct FunctionURL: Codable, Sendable, Hashable {
    /// Whom it is open to.
    public enum AuthType: String, Codable, Sendable, CaseIterable {
        /// Everybody, as far as the function's policy says so.
        case none = "NONE"
        /// Who signs for `lambda` and may `lambda:InvokeFunctionUrl`.
        case iam = "AWS_IAM"
    }

    public var authType: AuthType
    /// Milliseconds since 1970; nil for one that a stack made.
    public var createdAt: Int64?
    public var modifiedAt: Int64?

    /// A URL for these callers.
    public init(_ authType: AuthType) { self.authType = authType }
}

extension WebAPI {
    /// The action that a URL's callers need.
    public static let urlAction = "lambda:InvokeFunctionUrl"

    /// A function's URL.
    /// - Parameters:
    ///   - id: lower-case letters and digits.
    ///   - function: its ARN, with an alias if it is the alias's.
    public init(id: String, of function: String, _ url: FunctionURL) {
        self.init(id: id, kind: .url, stage: Self.defaultStage)
        self.url = url
        routes = [Route(method: "ANY", path: Route.defaultPath, function: function, format: .two)]
    }

    /// The function and the alias whose URL it is; nil for another API.
    public var owner: FunctionReference? {
        kind == .url ? routes.first.flatMap { FunctionReference($0.function) } : nil
    }

    /// Where a URL is found by its function.
    public static func urlKey(_ function: String, _ qualifier: String?) -> RecordKey {
        RecordKey(.functionURL, "\(function):\(FunctionRecord.key(qualifier))")
    }

    /// What a commit must hold so that it is gone.
    public var removing: [RecordChange] {
        [.delete(Self.key(id))] + (owner.map { [.delete(Self.urlKey($0.name, $0.qualifier))] } ?? [])
    }
}

extension FunctionRegistry {
    /// The URL of a function or of one of its aliases; nil when it has none.
    public func url(of function: String, qualifier: String?) async throws(StoreFailure) -> WebAPI? {
        guard let id = try await records.record(WebAPI.urlKey(function, qualifier)) else { return nil }
        return try await records.value(WebAPI.key(id.value.text), as: WebAPI.self)?.value
    }

    /// The URLs of a function and of its aliases.
    public func urls(of function: String) async throws(StoreFailure) -> [WebAPI] {
        var urls: [WebAPI] = []
        for id in try await records.records(of: .functionURL, prefix: "\(function):") {
            if let url = try await records.value(WebAPI.key(id.value.text), as: WebAPI.self)?.value { urls.append(url) }
        }
        return urls
    }
}
