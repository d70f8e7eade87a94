import CLinux
import FunctionRuntime
import Glibc
import MailTypes
import Synchronization

@testable import Transport

/// A DNS server for tests, on a port of its own: it answers from a table, or not at all.
final class DNSResponder: Sendable {
    enum Answer: Sendable {
        /// Type number, rdata.
        case records([(Int, Octets)])
        case code(UInt8)
        case silence
    }

    /// `127.0.0.1@5300`.
    let address: String
    private let descriptor: Int32

    init(_ table: [String: Answer]) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        self.descriptor = descriptor
        var local = SocketAddress(host: "127.0.0.1", port: 0) ?? SocketAddress()
        _ = clinux_bind(descriptor, &local.storage, local.length)
        address = "127.0.0.1@\(SocketAddress.local(of: descriptor).port)"
        NativeThread.start("dns") {
            while true {
                var peer = SocketAddress()
                var question = Octets(repeating: 0, count: 1500)
                let count = clinux_receive_datagram(descriptor, &question, question.count, &peer.storage, &peer.length)
                guard count > 12 else { return }
                guard let reply = Self.reply(to: Octets(question.prefix(count)), table) else { continue }
                _ = clinux_send_datagram(descriptor, reply, reply.count, &peer.storage, peer.length)
            }
        }
    }

    deinit {
        // Wakes the thread, which ends on it.
        _ = clinux_shutdown(descriptor)
        close(descriptor)
    }

    private static func reply(to question: Octets, _ table: [String: Answer]) -> Octets? {
        var labels: [String] = []
        var index = 12
        while index < question.count, question[index] != 0 {
            let end = index + 1 + Int(question[index])
            guard end < question.count else { return nil }
            labels.append(Octets(question[(index + 1)..<end]).text.asciiLowercased)
            index = end
        }
        let end = index + 5
        guard end <= question.count else { return nil }
        let type = Int(question[index + 1]) << 8 | Int(question[index + 2])
        var code: UInt8 = 3
        var records: [(Int, Octets)] = []
        switch table[labels.joined(separator: ".")] {
        case .records(let all)?: (code, records) = (0, all.filter { $0.0 == type || $0.0 == 5 })
        case .code(let given)?: code = given
        case .silence?: return nil
        case nil: break
        }
        var reply = Octets(question[0..<2]) + [0x85, 0x80 | code, 0, 1, 0, UInt8(records.count), 0, 0, 0, 0]
        reply += question[12..<end]
        for (type, data) in records {
            // The owner: a pointer to the question's name; class IN, 300 seconds.
            reply += [0xC0, 12, UInt8(type >> 8), UInt8(type & 255), 0, 1, 0, 0, 1, 0x2C]
            reply += [UInt8(data.count >> 8), UInt8(data.count & 255)] + data
        }
        return reply
    }

    /// A name in labels.
    static func name(_ text: String) -> Octets {
        text.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Octets($0.utf8) } + [0]
    }
}
