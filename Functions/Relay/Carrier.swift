import FunctionRuntime
import MailTypes

/// Does the mail transactions of one message with other servers.
struct Carrier: Sendable {
    /// How long a recipient of a busy destination waits, and half as long again at most.
    private static let busyFor = Duration.seconds(5)
    /// After this time in one transaction no further server is turned to: several that keep silent for as long as the
    /// standard allows would take longer than Relay has, and nothing would be learned of any of them.
    static let serversBeginWithin = Duration.seconds(300)

    let message: SpooledMessage
    let spool: any Spool
    let records: any RecordStore
    let transfer: any MailTransfer
    let gates: DestinationGates
    let settings: RelaySettings
    let routes: RouteFinder

    /// Offers the message to the servers of one destination, one after the other, until one has answered.
    /// - Returns: a result for each recipient of the transaction.
    func carry(_ transaction: Transaction, in context: Context) async -> [RecipientResult] {
        let destination = transaction.destination
        switch gates.enter(destination, at: context.steady) {
        case .busy: return wait(transaction, .busy, because: "\(destination) is busy")
        case .unreachable(let until, let reason):
            return wait(transaction, .unreachable(until: until), because: reason)
        case .admitted: break
        }
        let (results, finding) = await offer(transaction, in: context)
        // One that was cut short says nothing of the destination.
        gates.leave(destination, Task.isCancelled ? .nothing : finding, at: context.steady)
        return results
    }

    /// When recipients of a busy destination come back; not all at the same time.
    static func busyUntil(_ now: Timestamp, _ random: any RandomSource) -> Timestamp {
        now + busyFor + busyFor * (random.fraction() * 0.5)
    }

    private func offer(_ transaction: Transaction, in context: Context) async -> (
        [RecipientResult], DestinationGates.Finding
    ) {
        switch await route(to: transaction.destination) {
        case .failed(let code, let detail):
            return (transaction.recipients.map { failed($0, code, detail: detail) }, .reached)
        case .unknown(let reason):
            // A name server that fails says nothing of the domain's own servers, and a question costs little.
            if case .domain = transaction.destination {
                return (wait(transaction, .answer, because: reason), .nothing)
            }
            return unreachable(transaction, because: reason, remote: nil, in: context)
        case .hops(let hops):
            let content = SpooledContent(spool, message.id)
            var envelope = message.envelope
            envelope.recipients = transaction.recipients.map { message.envelope.recipients[$0] }
            let mail = OutgoingMail(
                id: message.id, envelope: envelope, size: message.size, hostname: settings.hostname,
                content: { range in try await content.read(range) })
            var last: (reason: String, remote: RemoteReply?) = ("\(transaction.destination) has no server", nil)
            var isBusy = false
            let latestBegin = context.steady + Self.serversBeginWithin
            for hop in hops where !Task.isCancelled {
                let server = Destination.server(hop.address, isVerified: hop.security == .verified)
                switch gates.enter(server, at: context.steady) {
                case .busy:
                    isBusy = true
                    continue
                case .unreachable(_, let reason):
                    last = (reason, nil)
                    continue
                case .admitted: break
                }
                let report = await transfer.send(mail, to: hop)
                switch report.end {
                case .answered(let replies):
                    gates.leave(server, .reached, at: context.steady)
                    log(replies, from: hop, report.tls, in: context)
                    return (results(of: transaction, replies, from: hop), .reached)
                case .unavailable(let reply, let reason):
                    // Our own store let us down: no other server can help, and this one is as good as before.
                    if let failure = content.failure {
                        gates.leave(server, .nothing, at: context.steady)
                        return (wait(transaction, .answer, because: "\(failure)"), .nothing)
                    }
                    last.remote = reply.map { RemoteReply($0, from: hop.name) }
                    last.reason = "\(hop.name) (\(hop.address.host)): \(reason)"
                    if let remote = last.remote { last.reason += ": \(remote.words)" }
                    // One that says something may say something else for another domain.
                    let finding: DestinationGates.Finding =
                        Task.isCancelled ? .nothing : reply == nil ? .unreachable(reason: last.reason) : .reached
                    gates.leave(server, finding, at: context.steady)
                    context.log.trace(
                        "relay.hop-unavailable", .queueID(message.id), .peer(hop.address), .reason(reason))
                }
                if context.steady >= latestBegin { break }
            }
            if isBusy {
                return (wait(transaction, .busy, because: "a server of \(transaction.destination) is busy"), .nothing)
            }
            return unreachable(transaction, because: last.reason, remote: last.remote, in: context)
        }
    }

    /// The way to a destination. What the administrator named is not bound to public addresses.
    private func route(to destination: Destination) async -> MailRoute {
        switch destination {
        case .domain(let domain): return await routes.route(toDomain: domain)
        case .smartHost(let server):
            let route = await routes.route(toHost: server.host, RouteFinder.Way(port: server.port, allowsPrivate: true))
            return later(route, destination)
        case .server(let address, let isVerified):
            let security: NextHop.Security = isVerified ? .verified : .opportunistic
            return .hops([NextHop(name: address.host, address: address, security: security)])
        case .gateway(let name, let organization):
            let gateway: SMTPGateway
            do {
                let key = SMTPGateway.key(name, in: organization)
                guard let found = try await records.value(key, as: SMTPGateway.self) else {
                    return .failed(.noSuchGateway, detail: "\"\(name)\", which the administrator's rule names")
                }
                gateway = found.value
            } catch {
                return .unknown(reason: "\(destination): \(error)")
            }
            var way = RouteFinder.Way(port: gateway.port, security: .verified, allowsPrivate: true)
            if let user = gateway.user, let password = gateway.password {
                way.login = NextHop.Login(user: user, password: password)
            }
            return later(await routes.route(toHost: gateway.host, way), destination)
        }
    }

    /// A server that the administrator named and the DNS does not know is a mistake that he can mend: mail waits for it.
    private func later(_ route: MailRoute, _ destination: Destination) -> MailRoute {
        guard case .failed(_, let detail) = route else { return route }
        return .unknown(reason: "\(destination): \(detail ?? "the DNS has no such name")")
    }

    private func results(of transaction: Transaction, _ replies: [Reply], from hop: NextHop) -> [RecipientResult] {
        transaction.recipients.enumerated().map { place, recipient in
            guard place < replies.count else {
                return waiting(recipient, transaction, .answer, because: "\(hop.name) gave no answer", remote: nil)
            }
            let reply = replies[place]
            let remote = RemoteReply(reply, from: hop.name)
            if reply.isPositive { return .relayed(recipient) }
            if reply.code >= 500 {
                return .failed(FailedRecipient(recipient: recipient, code: .remoteRefused, remote: remote))
            }
            return waiting(recipient, transaction, .answer, because: "\(hop.name) said \(remote.words)", remote: remote)
        }
    }

    private func unreachable(
        _ transaction: Transaction, because reason: String, remote: RemoteReply?, in context: Context
    ) -> ([RecipientResult], DestinationGates.Finding) {
        let cause = Waiting.Cause.unreachable(until: context.steady + DestinationGates.closedFor)
        return (
            transaction.recipients.map { waiting($0, transaction, cause, because: reason, remote: remote) },
            .unreachable(reason: reason)
        )
    }

    private func wait(_ transaction: Transaction, _ cause: Waiting.Cause, because reason: String) -> [RecipientResult] {
        transaction.recipients.map { waiting($0, transaction, cause, because: reason, remote: nil) }
    }

    private func waiting(
        _ recipient: Int, _ transaction: Transaction, _ cause: Waiting.Cause, because reason: String,
        remote: RemoteReply?
    ) -> RecipientResult {
        .waits(Waiting(recipient, for: transaction.destination, cause, because: reason, remote: remote))
    }

    private func failed(_ recipient: Int, _ code: DeliveryFailure.Code, detail: String?) -> RecipientResult {
        .failed(FailedRecipient(recipient: recipient, code: code, detail: detail))
    }

    private func log(_ replies: [Reply], from hop: NextHop, _ tls: TLSSession?, in context: Context) {
        context.log.info(
            "relay.answered", .queueID(message.id), .peer(hop.address), .other("server", hop.name),
            .other("tls", tls?.version ?? "none"), .count(replies.count),
            .other("taken", String(replies.count(where: \.isPositive))), .octets(message.size))
    }
}
