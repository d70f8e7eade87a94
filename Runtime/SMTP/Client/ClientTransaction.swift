import MailTypes

/// One mail transaction of a client: what is still to be said, and what became of each recipient (RFC 5321 §3.3).
struct ClientTransaction: Sendable {
    /// Commands not said yet.
    var commands: ArraySlice<ClientDialogue.Question>
    /// What the server said to each recipient, or what we found out ourselves; nil as long as nothing is known.
    var answers: [Reply?]
    /// Said to MAIL: it holds for everybody.
    var refusal: Reply?

    /// True when the server waits for content that somebody shall have.
    var hasAccepted: Bool { refusal == nil && answers.contains { $0?.isPositive ?? false } }

    /// The fates of all recipients when nobody is left who could get the message; nil otherwise.
    var settled: [Reply]? {
        if let refusal { return Array(repeating: refusal, count: answers.count) }
        let known = answers.compactMap { $0 }
        return known.count == answers.count && !known.contains(where: \.isPositive) ? known : nil
    }

    /// The fates of all recipients when this is said to all who were not refused. MAIL was accepted.
    func replies(toAccepted reply: Reply) -> [Reply] {
        answers.map { answer in
            guard let answer, !answer.isPositive else { return reply }
            return answer
        }
    }
}
