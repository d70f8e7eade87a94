import FunctionRuntime
import MailTypes

/// `status = "STATUS" SP mailbox SP "(" status-att *(SP status-att) ")"` (RFC 9051 §6.3.11)
extension IMAPSession {
    func status(_ name: Octets, _ items: [StatusItem]) async throws -> Completed {
        let folder = try await folder(named: name)
        if items.contains(.highestModSeq) { enableCondstore() }
        // The name goes back in the folder's own spelling.
        putStatus(folder, name: names.path(name).map(names.wire) ?? name, items)
        return Completed("that is all")
    }

    func putStatus(_ folder: Folder, name: Octets, _ items: [StatusItem]) {
        out.put("* STATUS ")
        out.put(name: name)
        out.put(" (")
        for (index, item) in items.enumerated() {
            if index > 0 { out.put(" ") }
            out.put(text: item.rawValue)
            out.put(" ")
            switch item {
            case .messages: out.put(number: folder.messages)
            case .recent:
                // What no session has heard of. Some of it may be gone again: never more than there is.
                let from = min(folder.recentFrom.value, folder.uidNext.value)
                let unclaimed = intake.recents.claim(from..<folder.uidNext.value, in: folder.id, keeps: false)
                out.put(number: min(folder.messages, unclaimed.count))
            case .uidNext: out.put(number: UInt64(folder.uidNext.value))
            case .uidValidity: out.put(number: UInt64(folder.uidValidity))
            case .unseen: out.put(number: folder.unseen)
            case .deleted: out.put(number: folder.deleted)
            case .size: out.put(number: folder.octets)
            case .highestModSeq: out.put(number: folder.highestModSeq.value)
            case .mailboxID:
                out.put("(")
                out.put(text: ObjectName.text(folder.id))
                out.put(")")
            }
        }
        out.put(")\r\n")
    }
}
