import FunctionRuntime

/// What operators and their machines ask: `/healthz`, `/readyz`, `/metrics`.
public struct HTTPProbe: Sendable {
    /// True when everybody is answered; else only peers that may probe, and requests signed for `signingService` with a key
    /// of the account itself.
    public let isOpen: Bool
    public let answer: @Sendable () async -> HTTPResponse

    /// The service in the scope of a signed probe: `curl --aws-sigv4 aws:amz:us-east-1:mailroom --user ID:SECRET`.
    public static let signingService = "mailroom"

    /// A probe that answers so.
    public init(isOpen: Bool = false, answer: @escaping @Sendable () async -> HTTPResponse) {
        (self.isOpen, self.answer) = (isOpen, answer)
    }
}
