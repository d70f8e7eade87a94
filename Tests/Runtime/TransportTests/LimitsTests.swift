import MailTypes
import Testing

@testable import Transport

@Suite struct LimitsTests {
    private func peer(_ host: String) -> NetworkAddress { NetworkAddress(host: host, port: 4000) }

    @Test func `IPv4 is counted by /32, /24 and /16`() {
        let counter = ConnectionCounter(ConnectionLimits(overall: 100, perAddress: 1, perNetwork: 2, perProvider: 3))
        #expect(counter.enter(peer("192.0.2.1")))
        #expect(!counter.enter(peer("192.0.2.1")))
        #expect(counter.enter(peer("192.0.2.2")))
        #expect(!counter.enter(peer("192.0.2.3")))
        #expect(counter.enter(peer("192.0.3.1")))
        #expect(!counter.enter(peer("192.0.4.1")))
        #expect(counter.enter(peer("192.1.2.1")))
        counter.leave(peer("192.0.2.1"))
        #expect(counter.enter(peer("192.0.4.1")))
        #expect(counter.count == 4)
    }

    @Test func `IPv6 is counted by /64, /48 and /32`() {
        let counter = ConnectionCounter(ConnectionLimits(overall: 100, perAddress: 1, perNetwork: 2, perProvider: 3))
        #expect(counter.enter(peer("2001:db8:0:1::1")))
        #expect(!counter.enter(peer("2001:db8:0:1:ffff::2")))
        #expect(counter.enter(peer("2001:db8:0:2::1")))
        #expect(!counter.enter(peer("2001:db8:0:3::1")))
        #expect(counter.enter(peer("2001:db8:1:1::1")))
        #expect(!counter.enter(peer("2001:db8:2:1::1")))
        #expect(counter.enter(peer("2001:db9::1")))
    }

    @Test func `loopback and local sockets count overall only`() {
        let counter = ConnectionCounter(ConnectionLimits(overall: 3, perAddress: 1))
        #expect(counter.enter(peer("127.0.0.1")))
        #expect(counter.enter(peer("127.0.0.1")))
        #expect(counter.enter(peer("/run/mailroom.sock")))
        #expect(!counter.enter(peer("192.0.2.1")))
        counter.apply(ConnectionLimits(overall: 10, perAddress: 1, exemptsLoopback: false))
        #expect(!counter.enter(peer("127.0.0.1")))
        counter.leave(peer("127.0.0.1"))
        counter.leave(peer("127.0.0.1"))
        #expect(counter.enter(peer("127.0.0.1")))
    }
}
