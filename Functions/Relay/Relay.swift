import FunctionRuntime
import MailTypes
import MessageFormat

/// The last step of outbound mail: into the inbound flow for our own organizations, to other servers and SMTP gateways for
/// everybody else; and the sender is told of those who cannot have the message (reference/email-flow.md §2, §3.6, §5).
public struct Relay: Handler {
    /// The step that marks a message whose sender was told that it is late.
    static let delayStep = "delay-notice"
    /// Transactions of one message at once.
    static let transactionsMax = 8
    /// When mail that this system does not send is looked at again.
    static let heldFor = Duration.seconds(3600)
    static let heldReason = "this system sends nothing to other servers: start it with --parameter Outside=send"

    let directory: any AccountDirectory
    let spool: any Spool
    let records: any RecordStore
    let resolver: any Resolver
    let transfer: any MailTransfer
    let gates: DestinationGates
    let settings: RelaySettings
    let wake: @Sendable () -> Void

    /// Needs the directory (to read), the spool (to read and settle), records (to read SMTP gateways), the DNS and what speaks to
    /// other servers.
    /// - Parameters:
    ///   - gates: one for the process, so that redeploying forgets nothing.
    ///   - wake: called after a commit that has spooled new messages, so that their workers look at once.
    public init(
        directory: any AccountDirectory, spool: any Spool, records: any RecordStore, resolver: any Resolver,
        transfer: any MailTransfer, gates: DestinationGates, settings: RelaySettings,
        wake: @escaping @Sendable () -> Void = {}
    ) {
        self.directory = directory
        self.spool = spool
        self.records = records
        self.resolver = resolver
        self.transfer = transfer
        self.gates = gates
        self.settings = settings
        self.wake = wake
    }

    public func handle(_ event: RoutedMessage, in context: Context) async throws -> RelayOutcome {
        do {
            // The event may be older than what is stored, and what another server has cannot be taken back.
            guard let message = try await spool.message(event.message.id) else {
                throw StoreFailure.notFound("message \(event.message.id)")
            }
            guard !message.openRecipients.isEmpty else {
                context.decide("nothing", because: "every recipient is settled already")
                return RelayOutcome()
            }
            return try await relay(message, event, in: context)
        } catch StoreFailure.notFound(let what) {
            // Settled and purged by another attempt, or its content is gone: nothing can be sent any more.
            context.decide("gone", because: "\(what) is not in the spool")
            context.log.error(
                "relay.gone", .queueID(event.message.id), .reason(what), .advice("look at the log before this line"))
            return RelayOutcome()
        } catch let failure as StoreFailure {
            return try await later(event.message, because: failure, in: context)
        }
    }

    private func relay(_ message: SpooledMessage, _ event: RoutedMessage, in context: Context)
        async throws(StoreFailure) -> RelayOutcome
    {
        var plan = try await plan(message, event.decisions)
        if plan.carries, try await goesInCircles(message) { plan.failWhatIsCarried(.mailLoop) }

        let transactions = plan.transactions
        var (spawned, handedOver): ([SpawnedMessage], [QueueID]) = ([], [])
        if !plan.local.isEmpty {
            let isLarge = message.size > Self.largeOctets
            // False where too many wait: all messages at work are fewer.
            let hasTurn = isLarge ? await gates.largeHandOvers.enter() : false
            defer { if hasTurn { gates.largeHandOvers.leave() } }
            // Waited in vain: nothing was done, and whoever takes it up next does it.
            guard !isLarge || !Task.isCancelled else { return RelayOutcome() }
            let content = try await spool.content(of: message.id, range: nil)
            let handOver = HandOver(message: message, hostname: settings.hostname)
            for (place, part) in plan.local.enumerated() {
                let inner = handOver.message(for: part.recipients, of: part.organization, content: content, in: context)
                handedOver.append(inner.draft.id)
                plan.relay(part.recipients)
                if place + 1 == plan.local.count, transactions.isEmpty, !isLarge {
                    spawned = [inner]
                } else {
                    // Mail within the house does not wait for other servers, and only one copy is in memory at a time.
                    try await settle(&plan, [inner], in: context)
                }
            }
        }
        await carry(transactions, &plan, in: context)
        gates.unrecorded.remember(plan.relayedUnrecorded.subtracting(plan.local.flatMap(\.recipients)), of: message.id)

        giveUpWhatIsOld(&plan, age: context.age(since: message.acceptedAt))
        var outcome = try await finish(&plan, spawned, event.hold, in: context)
        outcome.handedOver = handedOver
        return outcome
    }

    /// What each decision means for its recipient.
    private func plan(_ message: SpooledMessage, _ decisions: [RecipientDecision]) async throws(StoreFailure)
        -> RelayPlan
    {
        var plan = RelayPlan(message)
        plan.relay(gates.unrecorded.recipients(of: message.id).filter(plan.isOpen))
        var organizations: [String: OrganizationID?] = [:]
        for decision in decisions where plan.isOpen(decision.recipient) {
            let recipient = decision.recipient
            switch decision.action {
            case .drop: plan.drop(recipient)
            case .bounce(let text):
                plan.fail(FailedRecipient(recipient: recipient, code: .blockedByRule, detail: text))
            case .loop: plan.fail(FailedRecipient(recipient: recipient, code: .mailLoop))
            case .gateway(let name): send(recipient, to: .gateway(name, message.organization), &plan)
            case .deliver, .junk, .neverJunk:
                let domain = message.envelope.recipients[recipient].forwardPath.address.canonicalDomain
                if organizations[domain] == nil {
                    organizations[domain] = .some(try await directory.organization(ofDomain: domain))
                }
                if let organization = organizations[domain] ?? nil {
                    plan.handOver(recipient, to: organization)
                } else {
                    send(recipient, to: settings.smartHost.map { .smartHost($0) } ?? .domain(domain), &plan)
                }
            }
        }
        return plan
    }

    private func send(_ recipient: Int, to destination: Destination, _ plan: inout RelayPlan) {
        if settings.holdsOutside {
            plan.wait(Waiting(recipient, for: destination, .held, because: Self.heldReason, remote: nil))
        } else {
            plan.send(recipient, to: destination)
        }
    }

    private func goesInCircles(_ message: SpooledMessage) async throws(StoreFailure) -> Bool {
        let head = try await spool.content(of: message.id, range: 0..<min(message.size, Self.headOctets))
        return ReceivedHeaders.count(in: HeaderSection(head)) > ReceivedHeaders.most
    }

    /// From here on a message within the house is in memory only when it is its turn (`DestinationGates.largeHandOvers`).
    private static let largeOctets = 256 << 10
    /// Enough for the header section of nearly every message.
    private static let headOctets = 64 << 10

    /// Does the transactions, a few at once. Whoever was taken is recorded before another server is turned to: what a crash
    /// then repeats is what was under way.
    private func carry(_ transactions: [Transaction], _ plan: inout RelayPlan, in context: Context) async {
        guard !transactions.isEmpty else { return }
        let carrier = Carrier(
            message: plan.message, spool: spool, records: records, transfer: transfer, gates: gates,
            settings: settings,
            routes: RouteFinder(resolver: resolver, settings: settings, random: context.random))
        await withTaskGroup(of: [RecipientResult].self) { group in
            var rest = transactions[...]
            for _ in 0..<min(Self.transactionsMax, rest.count) {
                let transaction = rest.removeFirst()
                group.addTask { await carrier.carry(transaction, in: context) }
            }
            var open = transactions.count
            while let results = await group.next() {
                open -= 1
                plan.take(results)
                // The last one is recorded together with everything else.
                if open > 0, !plan.relayedUnrecorded.isEmpty {
                    do {
                        try await settle(&plan, [], in: context)
                    } catch {
                        context.log.warning("relay.unrecorded", .queueID(plan.message.id), .reason("\(error)"))
                    }
                }
                if let transaction = rest.popFirst() {
                    group.addTask { await carrier.carry(transaction, in: context) }
                }
            }
        }
    }
}
