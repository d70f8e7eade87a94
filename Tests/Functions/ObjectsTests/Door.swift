import FunctionRuntime
import MailTypes
import MemoryStores
import Objects
import Synchronization
import XML

/// The door before memory stores, and a caller who knocks.
struct Door: Sendable {
    static let now = Timestamp(year: 2026, month: 11, day: 20)
    static let root = Caller.key(id: "AKID", principal: "root", region: "us-east-1", service: "s3")
    static let role = Caller.key(
        id: "ASIA", principal: "arn:aws:sts::000000000000:assumed-role/reader/session", region: "us-east-1",
        service: "s3")

    let stores = MemoryStores()
    let time = ManualTime(Self.now)
    let objects: Objects

    init(permissions: any Permissions = KeyHoldersMayAll(), events: any ObjectEvents = NoObjectEvents()) {
        objects = Objects(
            store: stores, contents: stores, permissions: permissions, events: events,
            settings: ObjectsSettings(hosts: ["localhost", "mx.mailroom.test"]))
    }

    /// An answer with its body read.
    struct Answer {
        let status: Int
        let headers: HTTPFields
        let body: Octets

        var text: String { body.text }
        /// The document's first element of a name, at any depth.
        func element(_ name: String) -> String? {
            guard let root = try? XMLElement(parsing: body) else { return nil }
            return Self.find(name, in: root)
        }
        /// The texts of all elements of a name.
        func elements(_ name: String) -> [String] {
            guard let root = try? XMLElement(parsing: body) else { return [] }
            return Self.all(name, in: root)
        }
        private static func find(_ name: String, in element: XMLElement) -> String? { all(name, in: element).first }
        private static func all(_ name: String, in element: XMLElement) -> [String] {
            (element.name.local == name ? [element.text] : []) + element.children.flatMap { all(name, in: $0) }
        }
    }

    func ask(
        _ method: String, _ target: String, _ body: Octets = [], headers: HTTPFields = HTTPFields(),
        as caller: Caller = root, host: String = "127.0.0.1:8080", peer: String = "192.0.2.7",
        isSecure: Bool = false
    ) async throws -> Answer {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var headers = headers
        headers["Host"] = host
        let request = HTTPRequest(
            method: method, path: String(parts[0]), query: parts.count > 1 ? String(parts[1]) : "", headers: headers,
            body: .octets(body), caller: caller, peer: NetworkAddress(host: peer, port: 4711),
            isSecure: isSecure)
        let response = try await objects.handle(request, in: .test("Objects", time: time))
        return Answer(
            status: response.status, headers: response.headers, body: try await response.body.collect(upTo: 64 << 20))
    }

    @discardableResult
    func put(_ target: String, _ text: String, headers: HTTPFields = HTTPFields(), as caller: Caller = root)
        async throws -> Answer
    {
        try await ask("PUT", target, Octets(text: text), headers: headers, as: caller)
    }
}

/// Lets everybody do these actions, and nothing else.
struct MayOnly: Permissions {
    let actions: Set<String>
    init(_ actions: String...) { self.actions = Set(actions) }
    func allows(_ caller: Caller, _ action: String, on resource: String) async -> Bool {
        if case .key(_, "root", _, _) = caller { return true }
        return actions.contains("\(action) \(resource)")
    }
}

/// Remembers every event it is told of.
final class Witness: ObjectEvents {
    let seen = Mutex<[ObjectEvent]>([])

    func jobs(for event: ObjectEvent) -> [Job] {
        let count = seen.withLock { seen in
            seen.append(event)
            return UInt64(seen.count)
        }
        return event.notifications.map { notification in
            Job(
                id: Identifier128(high: 0, low: count), function: FunctionName(notification.id),
                event: event.json(configurationID: notification.id).octets, createdAt: event.at)
        }
    }
}
