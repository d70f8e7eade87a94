import FunctionRuntime
import MailTypes

extension IMAPSession {
    /// Runs one command. Which commands need a login or a folder, each of them asks for itself.
    func answer(_ command: Command, tag: Octets) async throws -> Completed {
        switch command {
        case .capability: return capability()
        case .noop: return Completed("nothing done", news: .allForSure)
        case .logout:
            isOver = true
            out.put("* BYE goodbye\r\n")
            return Completed("logged out", news: .none)
        case .id(let parameters): return id(parameters)
        case .startTLS: return try await startTLS(tag)
        case .login(let user, let password): return try await login(user, password)
        case .authenticate(let mechanism, let initial): return try await authenticate(mechanism, initial)
        case .enable(let words): return try enable(words)
        case .namespace: return try namespace()
        case .select(let name, let options, let readOnly): return try await select(name, options, readOnly: readOnly)
        case .create(let name, let uses): return try await create(name, uses)
        case .delete(let name): return try await delete(name)
        case .rename(let name, let new): return try await rename(name, to: new)
        case .subscribe(let name): return try await subscribe(name, true)
        case .unsubscribe(let name): return try await subscribe(name, false)
        case .list(let options): return try await list(options)
        case .lsub(let reference, let pattern): return try await lsub(reference, pattern)
        case .status(let name, let items): return try await status(name, items)
        case .check:
            _ = try selected()
            return Completed("checked", news: .allForSure)
        case .close: return try await close()
        case .unselect:
            _ = try selected()
            leaveFolder()
            return Completed("closed", news: .none)
        case .expunge(let set): return try await expunge(set)
        case .fetch(let set, let options, let byUID): return try await fetch(set, options, byUID: byUID)
        case .store(let set, let options, let byUID): return try await store(set, options, byUID: byUID)
        case .copy(let set, let name, let byUID): return try await copy(set, to: name, byUID: byUID)
        case .move(let set, let name, let byUID): return try await move(set, to: name, byUID: byUID)
        case .search(let options, let byUID): return try await search(options, byUID: byUID, tag: tag)
        case .idle: return try await idle(tag)
        case .getQuota(let root): return try await getQuota(root)
        case .getQuotaRoot(let name): return try await getQuotaRoot(name)
        }
    }
}
