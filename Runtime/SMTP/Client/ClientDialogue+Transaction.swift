import FunctionRuntime
import MailTypes

extension ClientDialogue {
    /// Begins the transaction, or says why this server cannot get the message.
    mutating func begin() -> Step {
        let everybody = envelope.recipients.count
        func refuse(_ reply: Reply) -> Step {
            .end(End(report: .answered(Array(repeating: reply, count: everybody)), saysQUIT: true))
        }
        if let most = extensions.size, size > most {
            return refuse(Reply(552, "5.3.4", "message has \(size) octets, and the server takes \(most)"))
        }
        if envelope.body == .binaryMIME, !(extensions.chunking && extensions.binaryMIME) {
            return refuse(Reply(554, "5.6.3", "message is binary, and the server takes no BINARYMIME"))
        }
        guard let mail = mailCommand else {
            return refuse(unspeakable(envelope.reversePath.address))
        }
        var open = ClientTransaction(commands: [], answers: Array(repeating: nil, count: everybody))
        for (place, recipient) in envelope.recipients.enumerated() {
            if rcptCommand(recipient) == nil {
                open.answers[place] = unspeakable(recipient.forwardPath.address)
            } else {
                open.commands.append(.recipient(place))
            }
        }
        guard !open.commands.isEmpty else {
            return .end(End(report: .answered(open.answers.compactMap { $0 }), saysQUIT: true))
        }
        open.commands.insert(.mail, at: 0)
        if envelope.body != .binaryMIME { open.commands.append(.data) }
        transaction = open
        questions.append(.mail)
        transaction?.commands.removeFirst()
        return sayNext(after: mail)
    }

    mutating func receiveMAIL(_ reply: Reply) -> Step {
        switch reply.code {
        case 200...299: break
        case 400...: transaction?.refusal = reply
        default: return confused(reply)
        }
        return goOn()
    }

    mutating func receiveRCPT(_ reply: Reply, _ place: Int) -> Step {
        guard !(300...399).contains(reply.code) else { return confused(reply) }
        transaction?.answers[place] = reply
        return goOn()
    }

    mutating func receiveDATA(_ reply: Reply) -> Step {
        let hasAccepted = transaction?.hasAccepted ?? false
        switch reply.code {
        case 300...399:
            guard hasAccepted else {
                // RFC 2920 §3.1: it waits for content although it refused everybody. It gets none.
                questions.append(.loneDot)
                return .say(Octets(text: ".\r\n"))
            }
            hasContentBegun = true
            return .sendContent(.dot, opening: [])
        case 400...:
            if hasAccepted, let replies = transaction?.replies(toAccepted: reply) {
                return .end(End(report: .answered(replies), saysQUIT: true))
            }
            return finish()
        default: return confused(reply)
        }
    }

    /// From here on the server may have the message: called before the last octets of it are sent.
    mutating func contentGoesOut() { questions.append(.content) }

    /// The reply to the content, which tells what becomes of all who were accepted.
    mutating func receiveFinal(_ reply: Reply) -> Step {
        guard !(300...399).contains(reply.code) else {
            questions = [.content]
            return confused(reply)
        }
        return .end(
            End(report: .answered(transaction?.replies(toAccepted: reply) ?? []), saysQUIT: reply.code != 421))
    }

    /// Everybody was refused.
    func finish() -> Step {
        guard let replies = transaction?.settled else { return .end(broken("it took no recipient")) }
        return .end(End(report: .answered(replies), saysQUIT: true))
    }

    /// One reply was heard: hears the next, or says what comes next.
    private mutating func goOn() -> Step {
        guard questions.isEmpty, let open = transaction else { return .hear }
        if open.refusal != nil || open.settled != nil { return finish() }
        guard !open.commands.isEmpty else {
            hasContentBegun = true
            return .sendContent(.counted, opening: Octets(text: "BDAT \(size) LAST\r\n"))
        }
        return sayNext(after: [])
    }

    /// Says the next command, or as many as fit into one group where the server takes groups (RFC 2920 §3.1).
    private mutating func sayNext(after first: Octets) -> Step {
        var group = first
        let most = extensions.pipelining ? limits.pipelinedCommands : 1
        while questions.count < most, let command = transaction?.commands.popFirst() {
            switch command {
            case .recipient(let place): group += rcptCommand(envelope.recipients[place]) ?? []
            case .data: group += Octets(text: "DATA\r\n")
            default: continue
            }
            questions.append(command)
        }
        return .say(group)
    }
}
