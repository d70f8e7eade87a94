import FunctionRuntime
import MailTypes

/// What a FETCH needs, found out once for all its messages.
struct FetchPlan {
    var items: [FetchItem]
    /// True when envelopes, structures or places of parts are asked for.
    let needsSummaries: Bool
    /// True when contents have to be opened.
    let needsContent: Bool
    /// True when the messages become \Seen.
    let setsSeen: Bool

    /// A plan for these items; MODSEQ and UID are added where the standards want them.
    init(_ options: FetchOptions, byUID: Bool, withModSeq: Bool) {
        // Asked for twice, told once.
        var items: [FetchItem] = []
        for item in options.items where !items.contains(item) { items.append(item) }
        // UID FETCH always tells the UID (RFC 9051 §6.4.9); CHANGEDSINCE always the MODSEQ (RFC 7162 §3.1.4.1).
        if byUID, !items.contains(.uid) { items.insert(.uid, at: 0) }
        if withModSeq, !items.contains(.modSeq) { items.append(.modSeq) }
        var needsSummaries = false
        var needsContent = false
        var setsSeen = false
        for item in items {
            switch item {
            case .envelope, .body, .bodyStructure, .threadID, .preview: needsSummaries = true
            case .section(let section, _, _, let peek):
                needsContent = true
                // The whole content needs no structure: its size is known.
                if section != BodySection() { needsSummaries = true }
                if !peek { setsSeen = true }
            case .binary(let part, _, let peek):
                needsContent = true
                if !part.isEmpty { needsSummaries = true }
                if !peek { setsSeen = true }
            case .binarySize(let part):
                if !part.isEmpty {
                    needsContent = true
                    needsSummaries = true
                }
            default: break
            }
        }
        self.items = items
        self.needsSummaries = needsSummaries
        self.needsContent = needsContent
        self.setsSeen = setsSeen
    }
}
