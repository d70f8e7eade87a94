import FunctionRuntime
import MailTypes
import MemoryStores
import Testing
import XML

@testable import AutoDiscover

@Suite struct AutoconfigTests {
    private func ask(query: String = "", host: String = "mail.example.org", method: String = "GET") async throws
        -> HTTPResponse
    {
        let stores = MemoryStores()
        try await stores.addOrganization(alias: "demo", domain: "example.org")
        let settings = AutoDiscoverSettings(hostname: "mail.example.org", imapPort: 143, displayName: "A & B")
        let request = HTTPRequest(
            method: method, path: "/mail/config-v1.1.xml", query: query, headers: ["Host": host],
            peer: NetworkAddress(host: "192.0.2.7", port: 1))
        return try await Autoconfig(directory: stores, settings: settings).handle(request, in: .test())
    }

    @Test(arguments: [
        ("emailaddress=ann%40Example.org", "mail.example.org"), ("", "autoconfig.example.org:80"), ("", "example.org"),
    ])
    func `Thunderbird is told of the servers, by address or by host`(_ query: String, _ host: String) async throws {
        let response = try await ask(query: query, host: host)
        #expect(response.status == 200)
        let root = try XMLElement(parsing: try await response.body.collect(upTo: 65_536))
        #expect(root.name.local == "clientConfig")
        #expect(root.attribute("version") == "1.1")
        let provider = try #require(root.child("emailProvider"))
        #expect(provider.attribute("id") == "example.org")
        #expect(provider.child("displayName")?.text == "A & B")
        let incoming = provider.children.filter { $0.name.local == "incomingServer" }
        #expect(incoming.map { $0.child("port")?.text } == ["993", "143"])
        #expect(incoming.map { $0.child("socketType")?.text } == ["SSL", "STARTTLS"])
        let outgoing = provider.children.filter { $0.name.local == "outgoingServer" }
        #expect(outgoing.map { $0.child("port")?.text } == ["465"])
        #expect((incoming + outgoing).allSatisfy { $0.child("username")?.text == "%EMAILADDRESS%" })
    }

    @Test func `foreign domains and broken addresses learn nothing`() async throws {
        #expect(try await ask(query: "emailaddress=ann@elsewhere.example").status == 404)
        #expect(try await ask(query: "emailaddress=a@b@c").status == 400)
        #expect(try await ask(host: "[::1]:80").status == 400)
        #expect(try await ask(query: "emailaddress=ann@example.org", method: "POST").status == 405)
    }
}
