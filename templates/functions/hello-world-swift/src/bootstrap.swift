// Says hello to each message: logs its subject and lets it pass. A whole Lambda runtime in one file, without packages:
// it asks the Runtime API for an event over plain HTTP on loopback, answers, and asks again.
import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#endif

/// What a Run Lambda rule sends, as far as this function looks at it. `subject` is null where a message has none.
struct MailEvent: Decodable {
    let messageId: String
    let flowDirection: String
    let subject: String?
}

/// What the rule does with the message.
struct Answer: Encodable {
    struct Action: Encodable {
        struct Kind: Encodable { let type: String }
        let allRecipients: Bool
        let action: Kind
    }
    let actions: [Action]
    static let pass = Answer(actions: [Action(allRecipients: true, action: .init(type: "DEFAULT"))])
}

/// The function itself: everything below only brings events to it.
func handle(_ event: MailEvent) -> Answer {
    // Quoted and escaped by String's debug form, so that no subject can forge a line of the log.
    log("\(event.flowDirection) message \(event.messageId): subject \(event.subject?.debugDescription ?? "null")")
    return .pass
}

func log(_ line: String) {
    // One write to the descriptor, past any buffer: the line is out before the environment can be frozen.
    let octets = Array((line + "\n").utf8)
    _ = write(STDERR_FILENO, octets, octets.count)
}

func fail(_ why: String) -> Never {
    log("hello-world-swift: \(why)")
    exit(1)
}

/// One request at a time over one connection each: the Runtime API is local, so a connection costs microseconds, and
/// the end of the stream is the end of the answer.
struct RuntimeAPI {
    struct Response {
        var status = 0
        /// By lower-case name.
        var headers: [String: String] = [:]
        var body: [UInt8] = []
    }

    /// An event has at most 128 KiB (6 MiB for functions that are not about mail), and its header section is small.
    static let responseOctetsMax = 8 << 20

    let address: sockaddr_in
    let authority: String

    /// - Parameter authority: `AWS_LAMBDA_RUNTIME_API`, as `127.0.0.1:9001`.
    init?(_ authority: String) {
        let parts = authority.split(separator: ":")
        guard parts.count == 2, let port = UInt16(parts[1]) else { return nil }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        // Lambda gives an address; a name other than this one would need the resolver.
        let host = parts[0] == "localhost" ? "127.0.0.1" : String(parts[0])
        guard inet_pton(AF_INET, host, &address.sin_addr) == 1 else { return nil }
        (self.address, self.authority) = (address, authority)
    }

    /// Waits without limit: `next` blocks until there is an event.
    func call(_ method: String, _ path: String, body: [UInt8] = [], headers: String = "") -> Response? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var address = address
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { return nil }
        let head =
            "\(method) /2018-06-01/runtime/\(path) HTTP/1.1\r\nHost: \(authority)\r\nConnection: close\r\n"
            + "Content-Type: application/json\r\nContent-Length: \(body.count)\r\n\(headers)\r\n"
        guard write(all: Array(head.utf8) + body, to: descriptor) else { return nil }
        return readResponse(from: descriptor)
    }

    private func write(all octets: [UInt8], to descriptor: Int32) -> Bool {
        var sent = 0
        while sent < octets.count {
            let count = octets[sent...].withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    private func readResponse(from descriptor: Int32) -> Response? {
        var received: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0, received.count + count <= Self.responseOctetsMax else { return nil }
            if count == 0 { break }
            received += chunk[..<count]
        }
        guard let end = endOfHead(received), var response = parse(head: received[..<end]) else { return nil }
        let body = received[(end + 4)...]
        if response.headers["transfer-encoding"]?.lowercased() == "chunked" {
            guard let joined = join(chunks: body) else { return nil }
            response.body = joined
        } else {
            // A body cut short is not an event.
            if let length = response.headers["content-length"], Int(length) != body.count { return nil }
            response.body = Array(body)
        }
        return response
    }

    /// Undoes chunked coding (RFC 9112 §7.1), in which Lambda sends events of more than 2 KiB. Nil when it is cut short.
    private func join(chunks: ArraySlice<UInt8>) -> [UInt8]? {
        var (rest, body) = (chunks, [UInt8]())
        while let lineEnd = rest.firstIndex(of: 13) {
            let size = String(decoding: rest[..<lineEnd], as: UTF8.self).prefix { $0 != ";" }
            let start = lineEnd + 2
            guard let count = Int(size, radix: 16), 0...Self.responseOctetsMax ~= count, start <= rest.endIndex else {
                return nil
            }
            if count == 0 { return body }
            guard rest.endIndex - start >= count + 2 else { return nil }
            body += rest[start..<(start + count)]
            rest = rest[(start + count + 2)...]
        }
        return nil
    }

    /// Where the empty line that ends the header section begins.
    private func endOfHead(_ octets: [UInt8]) -> Int? {
        guard octets.count >= 4 else { return nil }
        return (0...(octets.count - 4)).first { octets[$0..<($0 + 4)].elementsEqual([13, 10, 13, 10]) }
    }

    private func parse(head: ArraySlice<UInt8>) -> Response? {
        // "\r\n" is one Character in Swift, so it separates lines as it stands.
        let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
        let words = (lines.first ?? "").split(separator: " ")
        guard words.count >= 2, let status = Int(words[1]) else { return nil }
        var response = Response(status: status)
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            response.headers[line[..<colon].lowercased()] = String(value)
        }
        return response
    }
}

/// Runs until the environment ends.
@main
struct Bootstrap {
    static func main() {
        guard let place = getenv("AWS_LAMBDA_RUNTIME_API"), let api = RuntimeAPI(String(cString: place)) else {
            fail("AWS_LAMBDA_RUNTIME_API has no address; Lambda, or Mailroom, starts this program")
        }
        while true {
            guard let next = api.call("GET", "invocation/next"), next.status == 200,
                let id = next.headers["lambda-runtime-aws-request-id"]
            else { fail("no event from \(api.authority)") }
            do {
                let answer = handle(try JSONDecoder().decode(MailEvent.self, from: Data(next.body)))
                _ = api.call("POST", "invocation/\(id)/response", body: Array(try JSONEncoder().encode(answer)))
            } catch {
                // Not an event of a rule: say so to the caller and live on.
                let report = ["errorType": "NotAMailEvent", "errorMessage": "\(error)"]
                let body = (try? JSONEncoder().encode(report)).map { Array($0) } ?? Array("{}".utf8)
                _ = api.call(
                    "POST", "invocation/\(id)/error", body: body,
                    headers: "Lambda-Runtime-Function-Error-Type: Function.NotAMailEvent\r\n")
            }
        }
    }
}
