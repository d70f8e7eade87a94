import FunctionRuntime
import Glibc
import MailTypes

/// The DNS through libunbound: recursion or forwarding, validated, with a cache, on a thread of its own.
public final class UnboundResolver: Resolver {
    /// How names are looked up.
    public struct Settings: Sendable {
        /// Servers that are asked instead of recursing from the root: `9.9.9.9`, `127.0.0.1@5300`.
        public var forwarders: [String] = []
        /// Zones whose authoritative servers are given: `("example.org", "127.0.0.1@5300")`.
        public var stubs: [(zone: String, address: String)] = []
        /// DS or DNSKEY records as a zone file has them.
        public var trustAnchors: [String] = []
        /// A file of trust anchors; the root's, where Debian's dns-root-data puts it. Nil: nothing is validated but what
        /// `trustAnchors` covers.
        public var trustAnchorFile: String? = "/usr/share/dns/root.key"
        /// True for servers on this machine.
        public var asksLoopback = false
        /// Longest wait for one answer.
        public var timeoutSeconds = 15
        /// Most questions on their way at once.
        public var inFlightLimit = 4096

        /// Recursion from the root.
        public init() {}
    }

    private let context: UnboundContext

    /// Starts a resolver whose answers arrive on one of the loops.
    ///
    /// - Throws: `ResolverFailure.temporary` naming the setting that libunbound does not take.
    public init(_ settings: Settings = Settings(), loops: EventLoopGroup) throws(ResolverFailure) {
        context = try UnboundContext(settings, loop: loops.next())
        try context.watch()
    }

    deinit { context.end() }

    public func resolve(_ name: String, _ type: DNSRecordType) async throws(ResolverFailure) -> DNSAnswer {
        var name = name.asciiLowercased
        if name.hasSuffix(".") { name.removeLast() }
        // Nothing that is no name goes to the C library; longer ones exist nowhere (RFC 1035 §2.3.4).
        guard name.utf8.count <= 253, name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x5C }) else {
            return DNSAnswer(records: [], nameExists: false, canonicalName: name)
        }
        return try await context.ask(name.isEmpty ? "." : name, type).get()
    }
}
