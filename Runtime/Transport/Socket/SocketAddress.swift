import CLinux
import FunctionRuntime
import Glibc
import MailTypes

/// An address in the system's own shape.
struct SocketAddress {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)

    /// The family, `AF_INET`, `AF_INET6` or `AF_UNIX`.
    var family: Int32 { Int32(storage.ss_family) }

    /// Room for the system to write an address.
    init() {}

    /// The address of a numeric host, of `localhost`, of `*` (every address of this machine), or of a path; nil for a name.
    init?(host: String, port: UInt16) {
        if host.hasPrefix("/") {
            guard host.utf8.count < 108 else { return nil }
            var local = sockaddr_un()
            local.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &local.sun_path) { $0.copyBytes(from: host.utf8) }
            self.init(local, length: MemoryLayout<sa_family_t>.size + host.utf8.count + 1)
            return
        }
        let numeric = host == "localhost" ? "127.0.0.1" : host == "*" ? "::" : host
        var four = in_addr()
        var six = in6_addr()
        if inet_pton(AF_INET, numeric, &four) == 1 {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr = four
            self.init(address, length: MemoryLayout<sockaddr_in>.size)
        } else if inet_pton(AF_INET6, numeric, &six) == 1 {
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            address.sin6_addr = six
            self.init(address, length: MemoryLayout<sockaddr_in6>.size)
        } else {
            return nil
        }
    }

    private init<Address>(_ address: Address, length: Int) {
        withUnsafeMutableBytes(of: &storage) { storage in
            withUnsafeBytes(of: address) { storage.copyMemory(from: $0) }
        }
        self.length = socklen_t(length)
    }

    /// The address as the rest of the system writes it. IPv4 in IPv6 clothes is written as IPv4.
    var networkAddress: NetworkAddress {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        func host() -> String { String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self) }
        return withUnsafeBytes(of: storage) { storage in
            switch family {
            case AF_INET:
                var address = storage.loadUnaligned(as: sockaddr_in.self)
                inet_ntop(AF_INET, &address.sin_addr, &text, socklen_t(text.count))
                return NetworkAddress(host: host(), port: UInt16(bigEndian: address.sin_port))
            case AF_INET6:
                var address = storage.loadUnaligned(as: sockaddr_in6.self)
                inet_ntop(AF_INET6, &address.sin6_addr, &text, socklen_t(text.count))
                let written = host()
                let isMapped = written.hasPrefix("::ffff:") && written.contains(".")
                return NetworkAddress(
                    host: isMapped ? String(written.dropFirst(7)) : written, port: UInt16(bigEndian: address.sin6_port))
            default:
                let path = storage.dropFirst(MemoryLayout<sa_family_t>.size)
                    .prefix(max(0, Int(length) - MemoryLayout<sa_family_t>.size)).prefix { $0 != 0 }
                return NetworkAddress(host: String(decoding: path, as: UTF8.self), port: 0)
            }
        }
    }

    /// The address a socket is bound to.
    static func local(of descriptor: Int32) -> NetworkAddress {
        var address = SocketAddress()
        guard clinux_local_address(descriptor, &address.storage, &address.length) == 0 else {
            return NetworkAddress(host: "", port: 0)
        }
        return address.networkAddress
    }
}
