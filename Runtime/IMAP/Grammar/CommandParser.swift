import MailTypes

/// Reads one command from its octets. Bounded in depth and counts, linear in the octets, and never more than a value:
/// it knows no session.
enum CommandParser {
    /// The tag that starts these octets, for a reply to something not understood; nil when there is none.
    static func tag(of octets: Octets) -> Octets? {
        var reader = SyntaxReader(Octets(octets.prefix(129)), limits: IMAPLimits())
        do throws(SyntaxFault) {
            let tag = try reader.tag()
            return reader.isAtEnd || reader.peek == .space ? tag : nil
        } catch {
            return nil
        }
    }

    /// Reads `tag SP command`.
    static func parse(_ octets: Octets, limits: IMAPLimits, now: Int64 = 0) throws(SyntaxFault) -> TaggedCommand {
        var reader = SyntaxReader(octets, limits: limits)
        let tag = try reader.tag()
        try reader.space()
        var name = try reader.word()
        var byUID = false
        if name == "UID" {
            byUID = true
            try reader.space()
            name = try reader.word()
            guard ["FETCH", "STORE", "COPY", "MOVE", "SEARCH", "EXPUNGE"].contains(name) else {
                throw SyntaxFault("unknown UID command")
            }
        }
        let command = try command(name, byUID, &reader, now)
        try reader.end()
        return TaggedCommand(tag: tag, command: command)
    }

    private static func command(
        _ name: String, _ byUID: Bool, _ reader: inout SyntaxReader, _ now: Int64
    ) throws(SyntaxFault) -> Command {
        switch name {
        case "CAPABILITY": return .capability
        case "NOOP": return .noop
        case "LOGOUT": return .logout
        case "STARTTLS": return .startTLS
        case "NAMESPACE": return .namespace
        case "CHECK": return .check
        case "CLOSE": return .close
        case "UNSELECT": return .unselect
        case "IDLE": return .idle
        case "EXPUNGE":
            guard byUID else { return .expunge(nil) }
            try reader.space()
            return .expunge(try reader.sequenceSet())
        case "ID", "AUTHENTICATE", "LOGIN", "ENABLE", "SELECT", "EXAMINE", "CREATE", "DELETE", "RENAME", "SUBSCRIBE",
            "UNSUBSCRIBE", "LIST", "LSUB", "STATUS", "FETCH", "STORE", "COPY", "MOVE", "SEARCH", "GETQUOTA",
            "GETQUOTAROOT":
            try reader.space()
            return try commandWithArguments(name, byUID, &reader, now)
        // One that has its message does not come here.
        case "APPEND": throw SyntaxFault("message expected")
        default: throw SyntaxFault("unknown command")
        }
    }

    private static func commandWithArguments(
        _ name: String, _ byUID: Bool, _ reader: inout SyntaxReader, _ now: Int64
    ) throws(SyntaxFault) -> Command {
        switch name {
        case "ID": return .id(try reader.idParameters())
        case "AUTHENTICATE":
            let mechanism = try reader.word()
            guard reader.take(.space) else { return .authenticate(mechanism: mechanism, initial: nil) }
            return .authenticate(mechanism: mechanism, initial: try reader.base64OrEmpty())
        case "LOGIN":
            let user = try reader.astring()
            try reader.space()
            return .login(user: user, password: try reader.astring())
        case "ENABLE": return .enable(try reader.words())
        case "SELECT", "EXAMINE":
            let folder = try reader.astring()
            return .select(folder, try reader.selectOptions(), readOnly: name == "EXAMINE")
        case "CREATE":
            let folder = try reader.astring()
            return .create(folder, specialUse: try reader.createOptions())
        case "DELETE": return .delete(try reader.astring())
        case "RENAME":
            let folder = try reader.astring()
            try reader.space()
            return .rename(folder, to: try reader.astring())
        case "SUBSCRIBE": return .subscribe(try reader.astring())
        case "UNSUBSCRIBE": return .unsubscribe(try reader.astring())
        case "LIST": return .list(try reader.listOptions())
        case "LSUB":
            let reference = try reader.astring()
            try reader.space()
            return .lsub(reference: reference, pattern: try reader.listMailbox())
        case "STATUS":
            let folder = try reader.astring()
            try reader.space()
            return .status(folder, try reader.statusItems())
        case "GETQUOTA": return .getQuota(try reader.astring())
        case "GETQUOTAROOT": return .getQuotaRoot(try reader.astring())
        case "SEARCH": return .search(try reader.searchOptions(now: now), byUID: byUID)
        default: break
        }
        let set = try reader.sequenceSet()
        try reader.space()
        switch name {
        case "FETCH": return .fetch(set, try reader.fetchOptions(), byUID: byUID)
        case "STORE": return .store(set, try reader.storeOptions(), byUID: byUID)
        case "COPY": return .copy(set, try reader.astring(), byUID: byUID)
        default: return .move(set, try reader.astring(), byUID: byUID)
        }
    }
}
