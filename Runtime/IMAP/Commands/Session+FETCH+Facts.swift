import FunctionRuntime
import MailTypes
import MessageFormat

extension IMAPSession {
    /// Appends one item of FETCH that a message's row or summary answers.
    func put(fact asked: FetchItem, of item: Item, _ summary: MessageSummary?) {
        switch asked {
        case .flags:
            out.put("FLAGS ")
            putFlagList(of: item)
        case .uid:
            out.put("UID ")
            out.put(number: UInt64(item.uid.value))
        case .size:
            out.put("RFC822.SIZE ")
            out.put(number: item.size)
        case .internalDate:
            out.put("INTERNALDATE \"")
            out.put(text: item.internalDate.imapInternalDate)
            out.put("\"")
        case .saveDate:
            out.put("SAVEDATE \"")
            out.put(text: item.saveDate.imapInternalDate)
            out.put("\"")
        case .modSeq:
            out.put("MODSEQ (")
            out.put(number: item.modSeq.value)
            out.put(")")
        case .emailID:
            out.put("EMAILID (")
            out.put(text: ObjectName.text(item.id))
            out.put(")")
        case .binarySize:
            // The whole message: its transfer encoding is none.
            out.put("BINARY.SIZE[] ")
            out.put(number: item.size)
        case .envelope, .body, .bodyStructure, .threadID, .preview:
            put(asked, from: summary ?? MessageSummary(content: []))
        case .section, .binary: break
        }
    }

    private func put(_ asked: FetchItem, from summary: MessageSummary) {
        switch asked {
        case .envelope:
            out.put("ENVELOPE ")
            out.put(envelope: summary.envelope)
        case .body:
            out.put("BODY ")
            out.put(body: summary.structure, extended: false, opensGlobal: enabled.contains(.rev2))
        case .bodyStructure:
            out.put("BODYSTRUCTURE ")
            out.put(body: summary.structure, extended: true, opensGlobal: enabled.contains(.rev2))
        case .threadID:
            out.put("THREADID (")
            out.put(text: ObjectName.text(thread: summary.threadKey))
            out.put(")")
        default:
            out.put("PREVIEW ")
            out.put(string: summary.preview.utf8)
        }
    }
}
