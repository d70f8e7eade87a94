import MailTypes
import Testing

@Suite struct NetworkAddressTests {
    @Test(arguments: [
        "0.0.0.0", "10.0.0.1", "100.64.0.1", "127.8.8.8", "169.254.169.254", "172.31.0.1", "192.168.1.1", "224.0.0.1",
        "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "fc00::1", "fd12::1",
        "fe80::1", "fec0::1", "ff02::1", "64:ff9b::7f00:1", "64:ff9b::10.0.0.1", "2002:7f00:1::1", "mx.example.org",
        "/run/socket", "",
    ])
    func `addresses of one's own network are not public`(_ host: String) {
        #expect(!NetworkAddress(host: host, port: 25).isPublic)
    }

    @Test(arguments: [
        "192.0.2.1", "8.8.8.8", "172.32.0.1", "100.128.0.1", "2001:db8::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8",
    ])
    func `addresses of the internet are public`(_ host: String) {
        #expect(NetworkAddress(host: host, port: 25).isPublic)
    }
}
