import FunctionRuntime
import MailTypes

/// `getquota = "GETQUOTA" SP quota-root-name`, `getquotaroot = "GETQUOTAROOT" SP mailbox` (RFC 9208 §4.1). There is one
/// root, the account, named by the empty string; its storage is counted in units of 1024 octets.
extension IMAPSession {
    func getQuota(_ root: Octets) async throws -> Completed {
        guard entity != nil else { throw Refused.bad("log in first") }
        guard root.isEmpty else { throw Refused.no("NONEXISTENT", "no such quota root") }
        try await putQuota()
        return Completed("that is all")
    }

    func getQuotaRoot(_ name: Octets) async throws -> Completed {
        _ = try await folder(named: name)
        out.put("* QUOTAROOT ")
        out.put(name: names.path(name).map(names.wire) ?? name)
        out.put(" \"\"\r\n")
        try await putQuota()
        return Completed("that is all")
    }

    private func putQuota() async throws {
        let reply = try await ask(.usage)
        guard case .usage(let used, let quota) = reply else { throw unexpected(reply) }
        out.put("* QUOTA \"\" (STORAGE ")
        out.put(number: (used + 1023) / 1024)
        out.put(" ")
        out.put(number: quota / 1024)
        out.put(")\r\n")
    }
}
