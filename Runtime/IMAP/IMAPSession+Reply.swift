import FunctionRuntime
import MailTypes

/// A command that is answered with NO or BAD.
struct Refused: Error, Equatable {
    var isBad = false
    /// The response code without brackets (RFC 9051 §7.1).
    var code: String?
    var text: String

    /// The command cannot be meant at this point.
    static func bad(_ text: String) -> Refused { Refused(isBad: true, text: text) }
    /// The command is understood and not done.
    static func no(_ code: String?, _ text: String) -> Refused { Refused(code: code, text: text) }
}

/// The command has written its tagged reply itself.
struct Handled: Error {}

/// How a command ended well.
struct Completed {
    /// What may be told after it of changes in the selected folder (RFC 9051 §5.2, §7.5.1).
    enum News {
        case none
        /// Everything but EXPUNGE: the client may still be counting.
        case withoutExpunge
        case all
        /// Everything, looked up even when nothing was signalled.
        case allForSure
    }
    var code: Octets?
    var text: String
    var news: News
    /// True when clients that follow MODSEQ are told the highest in the reply (RFC 7162 §3.2.7).
    var tellsModSeq = false

    init(_ text: String, code: Octets? = nil, news: News = .all) {
        (self.text, self.code, self.news) = (text, code, news)
    }
}

extension IMAPSession {
    /// Runs one command and writes its replies.
    func execute(_ tagged: TaggedCommand) async throws {
        let wasLoggedIn = entity != nil
        hasAsked = false
        try await answering(tagged.tag) { try await self.answer(tagged.command, tag: tagged.tag) }
        // What the session could answer by itself is not answered to a closed account either.
        if wasLoggedIn, !hasAsked, !isOver { try await checkAccount() }
    }

    /// Ends the session when the account was closed or its password changed (reference/faults.md F53).
    private func checkAccount() async throws {
        do {
            _ = try await ask(.account)
        } catch let ending as Ending {
            out.octets = []
            throw ending
        } catch is Refused {
            // That nobody can say so now proves nothing.
        }
    }

    /// Writes the tagged reply for what a command came to.
    func answering(_ tag: Octets, _ command: () async throws -> Completed) async throws {
        do {
            let done = try await command()
            // Who is understood speaks IMAP: only a run of bad commands without any other between them counts.
            badCommands = 0
            switch done.news {
            case .none: break
            case .withoutExpunge: try await tellNews(expunges: false)
            case .all: try await tellNews(expunges: true)
            case .allForSure: try await tellNews(expunges: true, forSure: true)
            }
            out.put(octets: tag)
            out.put(" OK ")
            if let code = done.code {
                out.put("[")
                out.put(octets: code)
                out.put("] ")
            } else if done.tellsModSeq, enabled.contains(.condstore), let view {
                out.put("[HIGHESTMODSEQ ")
                out.put(number: view.modSeq.value)
                out.put("] ")
            }
            out.put(text: done.text)
            out.endLine()
        } catch let refused as Refused {
            put(tagged: tag, refused.isBad ? "BAD" : "NO", code: refused.code, refused.text)
            if !refused.isBad {
                badCommands = 0
            } else if entity == nil {
                badCommands += 1
                guard badCommands < limits.badCommandsBeforeLogin else { throw Ending("too many bad commands") }
            }
        } catch is Handled {
            // Its reply is out.
        }
    }

    /// Appends a tagged reply.
    func put(tagged tag: Octets, _ word: StaticString, code: String?, _ text: String) {
        if tag.isEmpty { out.put("*") } else { out.put(octets: tag) }
        out.put(" ")
        out.put(word)
        out.put(" ")
        if let code {
            out.put("[")
            out.put(text: code)
            out.put("] ")
        }
        out.put(text: text)
        out.endLine()
    }

    /// Asks the mailbox on behalf of who logged in.
    func ask(_ question: MailboxRequest.Question) async throws -> MailboxReply {
        guard let entity else { throw Refused.bad("log in first") }
        hasAsked = true
        let reply: MailboxReply
        do {
            reply = try await intake.mailbox(MailboxRequest(question, by: entity, login: loginMark))
        } catch {
            log.warning("imap.unavailable", .entity(entity.id), .reason("\(error)"))
            throw Refused.no("UNAVAILABLE", "cannot do this now, try again later")
        }
        if case .refused(let refusal) = reply { throw try Self.refused(refusal) }
        return reply
    }

    /// The reply for a refusal; ends the session when the account is closed.
    private static func refused(_ refusal: MailboxRefusal) throws -> Refused {
        switch refusal {
        case .notFound: .no("NONEXISTENT", "no such folder or message")
        case .exists: .no("ALREADYEXISTS", "there is a folder of that name")
        case .hasChildren: .no("HASCHILDREN", "there are folders below it")
        case .impossible(let reason): .no("CANNOT", reason)
        case .overQuota: .no("OVERQUOTA", "the mailbox is full")
        case .limit(let name): .no("LIMIT", "over the limit: \(name)")
        case .notPermitted: .no("NOPERM", "not permitted")
        case .accountClosed: throw Ending("this account was closed or its password changed")
        case .unavailable: .no("UNAVAILABLE", "cannot do this now, try again later")
        }
    }

    /// An answer of another kind than the question's is a broken promise of ours.
    func unexpected(_ reply: MailboxReply) -> Refused {
        log.error("imap.unexpected-reply", .reason("\(reply)".prefix(200).description))
        return .no("SERVERBUG", "something went wrong here")
    }

    /// The selected folder.
    func selected() throws -> FolderView {
        guard let view else {
            throw entity == nil ? Refused.bad("log in first") : Refused.bad("select a folder first")
        }
        return view
    }

    /// The selected folder, opened for changes.
    func selectedForChange() throws -> FolderView {
        let view = try selected()
        guard !view.isReadOnly else { throw Refused.no("READ-ONLY", "the folder was opened with EXAMINE") }
        return view
    }

    /// The messages a command's set names.
    func sequences(_ set: SequenceSet, byUID: Bool, in view: FolderView) throws -> [ClosedRange<Int>] {
        guard let sequences = view.sequences(of: set, byUID: byUID, saved: saved) else {
            throw Refused.bad("no message has that number")
        }
        return sequences
    }

    /// The folder of a name; `missing` is the code when there is none.
    func folder(named octets: Octets, missing code: String = "NONEXISTENT") async throws -> Folder {
        guard entity != nil else { throw Refused.bad("log in first") }
        guard let path = names.path(octets) else { throw Refused.no(code, "no such folder") }
        do {
            let reply = try await ask(.find(path: path, .mail))
            guard case .folder(let folder) = reply else { throw unexpected(reply) }
            return folder
        } catch let refused as Refused where refused.code == "NONEXISTENT" {
            throw Refused.no(code, "no such folder")
        }
    }
}
