import FunctionRuntime
import MailTypes

extension MemoryStores: TraceStore {
    public func spans(of message: QueueID) async throws(StoreFailure) -> [Span] {
        try commit { state in state.messages[message]?.spans ?? [] }
    }

    public func add(_ spans: [Span], to message: QueueID) {
        // The commit cannot fail: a message that is not known takes no spans.
        try? commit { state in state.messages[message]?.spans += spans }
    }

    public func messages(withMessageID messageID: String, limit: Int) async throws(StoreFailure) -> [QueueID] {
        try commit { state in
            let found = state.messages.values.filter { $0.facts.messageID == messageID }
            return found.sorted { MemoryMessage.isOlder($1, $0) }.prefix(limit).map(\.facts.id)
        }
    }

    public func recent(limit: Int) async throws(StoreFailure) -> [SpooledMessage] {
        try commit { state in
            state.messages.values.sorted { MemoryMessage.isOlder($1, $0) }.prefix(limit).map(\.seen)
        }
    }
}
