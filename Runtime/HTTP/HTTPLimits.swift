/// How much a peer may send and how long it may take. Each field's comment names unit, default and reason.
public struct HTTPLimits: Sendable, Hashable {
    /// Octets of request line and header section together; 64 KiB. Past it: 431 (RFC 6585 §5).
    public var headOctets = 65_536
    /// Fields in a header or trailer section; 200. Past it: 431.
    public var fieldCount = 200
    /// Octets of the request target; 8 KiB, the least RFC 9112 §3 wants. Past it: 414.
    public var targetOctets = 8_192
    /// Octets of the method; 32. Past it: 501 (RFC 9112 §3).
    public var methodOctets = 32
    /// Octets of a request body; 5 GiB, the most that S3 takes in one piece. Past it: 413.
    public var bodyOctets = 5 * 1024 * 1024 * 1024
    /// Octets of one chunk-size line with its extensions; 1 KiB (RFC 9112 §7.1.1 asks for a limit).
    public var chunkLineOctets = 1_024
    /// Octets of a trailer section; 8 KiB.
    public var trailerOctets = 8_192
    /// Octets of a body that its handler left unread which are still read to keep the connection; 256 KiB.
    public var drainOctets = 262_144
    /// Octets of a body nobody wanted that are still read and dropped after an answer that closes, so that a client
    /// which sends before it reads gets to see the answer (RFC 9112 §9.6); 16 MiB.
    public var lingerOctets = 16 * 1_048_576
    /// Seconds that such reading takes at most; 5. It ends after one second of silence.
    public var lingerSeconds = 5
    /// Seconds that a connection waits between requests; 75.
    public var keepAliveSeconds = 75
    /// Seconds from the first octet of a head to its last; 30. Past it: 408 (RFC 9110 §15.5.9).
    public var headSeconds = 30
    /// Seconds that one read of a body, or one write, waits; 60.
    public var idleSeconds = 60
    /// Seconds of waiting that a body is granted before its rate counts; 60.
    public var bodyGraceSeconds = 60
    /// Least octets a second, over all waiting, once the grace is used up; 500 (reference/faults.md F75, slow body).
    public var bodyOctetsPerSecond = 500
    /// Requests on one connection; 100,000. The last answer says `Connection: close`.
    public var requestsPerConnection = 100_000
    /// Octets of a signed body that are collected and checked before its handler runs; 1 MiB. A larger one whose
    /// hash is in its header is checked while it streams.
    public var checkedBodyOctets = 1_048_576
    /// Octets of a signed body without a hash in its header: it must be collected, because the signature depends on
    /// it; 8 MiB, above Lambda's 6 MiB for a synchronous call. Past it: 413.
    public var unhashedBodyOctets = 8 * 1_048_576

    /// The defaults.
    public init() {}
}
