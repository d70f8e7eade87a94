import FunctionRuntime
import MailTypes
import MessageFormat

/// Hands out and replaces the content of messages in transit: Amazon WorkMail's Message Flow API
/// (reference/workmail-api.md §1.7, reference/email-flow.md §7).
///
/// `GET /messages/{messageId}` is GetRawMessageContent, `POST` PutRawMessageContent. The caller was named by the route's
/// authorizer. A message is there for 24 hours after it was accepted, delivered or not.
public struct MessageFlow: Handler {
    public typealias Event = HTTPRequest
    public typealias Outcome = HTTPResponse

    /// How long content is readable after acceptance.
    public static let window: Duration = .seconds(24 * 3600)

    let spool: any Spool
    let contents: any ContentStore
    let objects: any ObjectReader
    let check: ContentCheck
    let access: MessageAccess
    let isFrozen: @Sendable (SpooledMessage) -> Bool

    /// The API over these stores.
    ///
    /// - Parameters:
    ///   - contents: takes in new content for the spool; the same store.
    ///   - objects: where PutRawMessageContent finds new content.
    ///   - access: who may touch a message. Who may not is told that there is no such message, as WorkMail tells other
    ///     accounts.
    ///   - isFrozen: whether a message must keep its content because it was redirected.
    public init(
        spool: any Spool, contents: any ContentStore, objects: any ObjectReader = NoObjects(),
        check: ContentCheck = ContentCheck(), access: MessageAccess = MessageAccess(),
        isFrozen: @escaping @Sendable (SpooledMessage) -> Bool = { $0.stepsDone.contains("redirected") }
    ) {
        self.spool = spool
        self.contents = contents
        self.objects = objects
        self.check = check
        self.access = access
        self.isFrozen = isFrozen
    }

    public func handle(_ event: HTTPRequest, in context: Context) async throws -> HTTPResponse {
        var response: HTTPResponse
        do throws(FlowFailure) {
            guard event.method == "GET" || event.method == "POST" else { throw .methodNotAllowed }
            guard case .key = event.caller else { throw .accessDenied }
            let id = try Self.messageID(of: event)
            // Shapes are checked before anything is looked up, as the services' front end does.
            let reference = event.method == "POST" ? try await ContentReference(event.body) : nil
            let operation = reference == nil ? "GetRawMessageContent" : "PutRawMessageContent"
            let (message, transaction) = try await message(id, for: event.asker, operation, at: context.now)
            if let reference {
                response = try await replaceContent(of: message, in: transaction, with: reference, context)
            } else {
                response = try await content(of: message, in: transaction, context)
            }
        } catch {
            context.decide("refused", because: error.message)
            if case .unavailable = error {
                context.log.warning(
                    "message-flow.unavailable", .reason(error.cause), .advice("look at the stores' own log lines"))
            }
            response = error.response
        }
        response.headers["x-amzn-RequestId"] = context.requestID.description
        return response
    }

    /// The path's messageId, its shape checked.
    private static func messageID(of event: HTTPRequest) throws(FlowFailure) -> String {
        let text = event.pathParameters["messageId"] ?? String(event.path.split(separator: "/").dropFirst().first ?? "")
        guard (1...120).contains(text.utf8.count),
            text.utf8.allSatisfy({ 0x61...0x7A ~= $0 || $0.isASCIIDigit || $0 == 0x2D })
        else { throw .validation("messageId must be 1 to 120 characters of a-z, 0-9 and -") }
        return text
    }

    /// The message of this id, if it is still in its window and the caller may know of it; and the transaction of the
    /// caller's invocation, if its rule waits for it.
    private func message(_ text: String, for asker: Asker, _ operation: String, at now: Timestamp)
        async throws(FlowFailure) -> (SpooledMessage, transaction: String?)
    {
        guard let id = QueueID(text),
            let message = try await stored({ () async throws(StoreFailure) in try await spool.message(id) })
        else { throw .notFound(text) }
        switch await access.answer(asker, operation, on: message) {
        case .granted(let transaction, let isAtHand):
            // A function that let its message wait for days still needs it.
            guard isAtHand || message.acceptedAt + Self.window > now else { throw .notFound(text) }
            return (message, transaction)
        case .denied(let sentence): throw .forbidden(sentence)
        case .unknown: throw .notFound(text)
        }
    }

    /// The content that was put last: within a transaction its own, otherwise also what will never be delivered (§7.1).
    private func content(of message: SpooledMessage, in transaction: String?, _ context: Context)
        async throws(FlowFailure) -> HTTPResponse
    {
        var view = transaction.map { ContentView.transaction($0) } ?? .shown
        var size = message.size
        if let staged = try await stored({ () async throws(StoreFailure) in
            try await spool.contentSize(of: message.id, as: view)
        }) {
            size = staged
        } else {
            view = .delivered
        }
        let first = try await stored { () async throws(StoreFailure) in
            try await spool.content(of: message.id, as: view, range: 0..<min(size, RawContent.wholeOctets))
        }
        context.decide("content-read", because: "GetRawMessageContent of \(size) octets")
        let body: HTTPBody =
            first.count >= size
            ? .octets(first)
            : .stream(RawContent(of: message.id, as: view, size: size, first: first, spool: spool), length: size)
        return HTTPResponse(200, headers: ["Content-Type": "application/octet-stream"], body: body)
    }

    private func replaceContent(
        of message: SpooledMessage, in transaction: String?, with reference: ContentReference, _ context: Context
    ) async throws(FlowFailure) -> HTTPResponse {
        guard !isFrozen(message) else { throw .frozen }
        let content = LineEnds.withCRLF(try await octets(of: reference, for: message))
        let head = try await stored { () async throws(StoreFailure) in
            try await spool.content(of: message.id, range: 0..<min(message.size, 1 << 20))
        }
        if let objection = check.objection(to: content, inPlaceOf: HeaderSection(head)) { throw .rejected(objection) }
        let view = transaction.map { ContentView.transaction($0) } ?? .shown
        try await stored { () async throws(StoreFailure) in
            try await spool.stageContent(try await contents.stage(content), of: message.id, as: view)
        }
        context.decide(
            transaction == nil ? "content-shown" : "content-staged",
            because: "PutRawMessageContent with \(content.count) octets of \(reference.bucket)/\(reference.key)"
                + (transaction == nil ? "; no rule waits for it, so what is delivered stays" : ""))
        return HTTPResponse(200, headers: ["Content-Type": "application/json"], body: .octets(Octets(text: "{}")))
    }

    private func octets(of reference: ContentReference, for message: SpooledMessage) async throws(FlowFailure) -> Octets
    {
        let way = message.direction == .inbound ? "incoming" : "outgoing"
        do throws(ObjectFailure) {
            return try await objects.object(
                bucket: reference.bucket, key: reference.key, version: reference.version, limitOctets: check.mimeOctets,
                for: "message/\(message.organization)/\(way)/\(message.id)")
        } catch {
            switch error {
            case .noSuchBucket, .noSuchObject, .denied:
                throw .invalidLocation(
                    "WorkMail could not read the object \(reference.key) of bucket \(reference.bucket).")
            case .tooLarge(let limit): throw .rejected("The message has more than \(limit) octets.")
            case .down(let cause): throw .unavailable(cause: cause)
            }
        }
    }

    private func stored<Result>(
        _ work: () async throws(StoreFailure) -> Result
    ) async throws(FlowFailure) -> Result {
        do throws(StoreFailure) {
            return try await work()
        } catch {
            if case .notFound(let what) = error { throw .notFound(what) }
            throw .unavailable(cause: "\(error)")
        }
    }
}
