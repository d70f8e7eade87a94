import FunctionRuntime
import MailPolicy
import MailTypes
import MemoryStores
import Testing

@testable import RuleEvaluation

/// A message in front of a Run Lambda rule, with time that moves when told.
struct RuleBench {
    static let arn = "arn:aws:lambda:us-east-1:000000000000:function:filter"
    static let head = "From: Ann <ann@outside.example>\r\nSubject: Offer\r\n"

    let stores: MemoryStores
    let time: ManualTime
    let organization: OrganizationID
    let id: QueueID
    let transactions = FlowTransactions()
    /// SHA-256 is not at hand here, and any function of the octets does.
    let digest: @Sendable (Octets) -> Octets = { octets in
        var word: UInt64 = 14_695_981_039_346_656_037
        var digest: Octets = []
        for round in 0..<4 {
            for octet in octets { word = (word ^ UInt64(octet)) &* 1_099_511_628_211 &+ UInt64(round) }
            digest += withUnsafeBytes(of: word.bigEndian) { Octets($0) }
        }
        return digest
    }

    init(
        to recipients: [String] = ["alice@demo.mailroom.test", "bob@demo.mailroom.test"],
        direction: FlowDirection = .inbound, stores: MemoryStores = MemoryStores()
    ) async throws {
        self.stores = stores
        time = ManualTime(MemoryStores.fixtureTime)
        organization = try await stores.addOrganization()
        id = SeededRandom(5).identifier(at: MemoryStores.fixtureTime)
        let draft = SpoolDraft(
            id: id, organization: organization, direction: direction,
            envelope: Envelope(
                reversePath: ReversePath(address("ann@outside.example")),
                recipients: recipients.map { EnvelopeRecipient(ForwardPath(address($0))) }),
            messageID: nil, acceptedAt: MemoryStores.fixtureTime, peer: NetworkAddress(host: "192.0.2.7", port: 4000))
        try await stores.accept(
            [draft], content: try await stores.stage(Octets(text: Self.head + "\r\nHello\r\n")))
    }

    var message: SpooledMessage {
        get async throws { try #require(try await stores.message(id)) }
    }

    func rule(minutes: Int = 0, fallback: FlowFallback = .junk, synchronous: Bool = true, arn: String = arn)
        -> LambdaRule
    {
        LambdaRule(
            functionARN: arn, isSynchronous: synchronous, fallback: synchronous ? fallback : nil,
            timeoutMinutes: minutes)
    }

    func invocation(_ rule: LambdaRule, recipients: [Int]? = nil) async throws -> FlowInvocation {
        let message = try await message
        return FlowInvocation(
            rule: "ask", function: rule, message: message, recipients: recipients ?? message.openRecipients,
            head: Octets(text: Self.head + "\r\n"))
    }

    /// What a process of its own would be: a restart makes a new one over the same stores.
    func runner(_ functions: any UserFunctions, gate: FunctionGate = FunctionGate()) -> RunLambda {
        RunLambda(
            functions: functions, spool: stores, directory: stores, transactions: transactions,
            settings: RunLambdaSettings(region: "us-east-1", account: "000000000000"), digest: digest, gate: gate)
    }

    func decide(_ functions: any UserFunctions, _ rule: LambdaRule, seed: UInt64 = 7, in context: Context? = nil)
        async throws -> FlowVerdict
    {
        try await runner(functions).decide(
            invocation(rule), in: context ?? .test(time: time, random: SeededRandom(seed)))
    }

    /// Stages content as PutRawMessageContent does during an invocation.
    func put(_ text: String, during invocation: LambdaInvocation) async {
        guard let transaction = invocation.message?.transaction, let id = invocation.message?.id else { return }
        let view: ContentView = transactions.isOpen(transaction) ? .transaction(transaction) : .shown
        guard let staged = try? await stores.stage(Octets(text: text)) else { return }
        try? await stores.stageContent(staged, of: id, as: view)
    }
}

extension FlowVerdict {
    /// Decided actions by recipient; nil while it waits.
    var actions: [Int: RecipientDecision.Action]? {
        guard case .decided(let decisions, _, _) = self else { return nil }
        return Dictionary(decisions.map { ($0.recipient, $0.action) }) { first, _ in first }
    }

    var sentence: String {
        switch self {
        case .decided(_, let reason, _): reason
        case .later(_, let reason): reason
        }
    }

    var dueAt: Timestamp? { if case .later(let time, _) = self { time } else { nil } }
}
