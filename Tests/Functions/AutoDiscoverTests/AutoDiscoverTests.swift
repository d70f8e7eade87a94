import FunctionRuntime
import MailTypes
import MemoryStores
import Testing
import XML

@testable import AutoDiscover

@Suite struct AutoDiscoverTests {
    static let mobileSync = "http://schemas.microsoft.com/exchange/autodiscover/mobilesync/"
    static let outlook = "http://schemas.microsoft.com/exchange/autodiscover/outlook/"
    let settings = AutoDiscoverSettings(hostname: "mail.example.org", httpsPort: 8443)

    static func document(_ address: String, element: String = "EMailAddress", space: String = "", outlook: Bool = false)
        -> String
    {
        let base = outlook ? Self.outlook : Self.mobileSync
        let answer = base + (outlook ? "responseschema/2006a" : "responseschema/2006")
        return """
            <?xml version="1.0" encoding="utf-8"?>
            <Autodiscover xmlns="\(base)requestschema/2006"><Request>
              <\(element)>\(space)\(address)\(space)</\(element)>
              <AcceptableResponseSchema>\(space)\(answer)\(space)</AcceptableResponseSchema>
            </Request></Autodiscover>
            """
    }

    /// A system with the user ann@example.org, who has the alias ann.smith@example.org.
    private func ask(
        _ body: String, method: String = "POST", as caller: Bool = true, displayName: String? = nil,
        headers: HTTPFields = [:], isSecure: Bool = true, settings: AutoDiscoverSettings? = nil,
        after: ((MemoryStores, Entity) async throws -> Void)? = nil
    ) async throws -> (HTTPResponse, Entity) {
        let stores = MemoryStores()
        try await stores.addOrganization(alias: "demo", domain: "example.org")
        var ann = try await stores.addUser(Address(localPart: "ann", domain: "example.org"))
        try await stores.addAlias(Address(localPart: "ann.smith", domain: "example.org"), to: ann.id)
        ann = try #require(try await stores.entity(ann.id))
        if let displayName {
            ann.displayName = displayName
            try await stores.updateEntity(ann)
        }
        try await after?(stores, ann)
        let request = HTTPRequest(
            method: method, path: "/autodiscover/autodiscover.xml", headers: headers, body: .octets(Octets(text: body)),
            caller: caller ? .user(ann) : .anonymous, peer: NetworkAddress(host: "192.0.2.7", port: 1),
            isSecure: isSecure)
        let response = try await AutoDiscover(directory: stores, settings: settings ?? self.settings).handle(
            request, in: .test())
        return (response, ann)
    }

    private func root(_ response: HTTPResponse) async throws -> XMLElement {
        try XMLElement(parsing: try await response.body.collect(upTo: 65_536))
    }

    private func errorCode(_ response: HTTPResponse) async throws -> String? {
        #expect(response.status == 200)
        return try await root(response).child("Response")?.child("Error")?.child("ErrorCode")?.text
    }

    @Test(arguments: ["EMailAddress", "EmailAddress"], ["", "\n      "])
    func `a phone is told of ActiveSync, however it spells and spaces its question`(_ element: String, _ space: String)
        async throws
    {
        let (response, _) = try await ask(
            Self.document("Ann@Example.org", element: element, space: space),
            headers: ["Content-Type": "application/x-www-form-urlencoded"])
        #expect(response.status == 200)
        #expect(response.headers["Content-Type"] == "text/xml; charset=utf-8")
        let answer = try #require(
            try await root(response).child("Response", in: Self.mobileSync + "responseschema/2006"))
        #expect(answer.child("Culture")?.text == "en:us")
        #expect(answer.child("User")?.child("EMailAddress")?.text == "ann@example.org")
        let server = try #require(answer.child("Action")?.child("Settings")?.child("Server"))
        #expect(server.child("Type")?.text == "MobileSync")
        #expect(server.child("Url")?.text == "https://mail.example.org:8443/Microsoft-Server-ActiveSync")
        #expect(server.child("Name")?.text == server.child("Url")?.text)
    }

    @Test func `an alias leads to the same mailbox`() async throws {
        let (response, _) = try await ask(Self.document("ann.smith@example.org"))
        #expect(
            try await root(response).child("Response")?.child("User")?.child("EMailAddress")?.text == "ann@example.org")
    }

    @Test func `Outlook is told of IMAP and SMTP, and of nothing that is not served`() async throws {
        let (response, ann) = try await ask(Self.document("ann@example.org", outlook: true))
        let answer = try #require(try await root(response).child("Response", in: Self.outlook + "responseschema/2006a"))
        let account = try #require(answer.child("Account"))
        let protocols = account.children.filter { $0.name.local == "Protocol" }
        #expect(protocols.map { $0.child("Type")?.text } == ["IMAP", "SMTP"])
        #expect(protocols.map { $0.child("Port")?.text } == ["993", "465"])
        #expect(
            protocols.allSatisfy { $0.child("LoginName")?.text == "ann@example.org" && $0.child("SSL")?.text == "on" })
        #expect(answer.child("User")?.child("LegacyDN")?.text.hasSuffix("/CN=Recipients/CN=\(ann.id.text)") == true)
    }

    @Test func `once EWS is served Outlook is told of it, and may ask by its LegacyDN`() async throws {
        let served = AutoDiscoverSettings(
            hostname: "mail.example.org", imapsPort: nil, submissionsPort: nil, servesEWS: true)
        let (first, ann) = try await ask(Self.document("ann@example.org", outlook: true), settings: served)
        let account = try #require(try await root(first).child("Response")?.child("Account"))
        let protocols = account.children.filter { $0.name.local == "Protocol" }
        #expect(protocols.map { $0.child("Type")?.text } == ["EXCH", "EXPR"])
        #expect(protocols.allSatisfy { $0.child("EwsUrl")?.text == "https://mail.example.org/EWS/Exchange.asmx" })
        let request = PoxRequest(
            Octets(text: Self.document(OutlookAnswer.legacyDN(of: ann), element: "LegacyDN", outlook: true)))
        #expect(request?.isAbout(ann) == true)
    }

    @Test(arguments: ["bob@example.org", "ann@elsewhere.example", "nobody@example.org"])
    func `any other address has one answer`(_ address: String) async throws {
        let (response, _) = try await ask(Self.document(address))
        #expect(try await errorCode(response) == "500")
    }

    @Test(arguments: [
        "", "no document", "<Autodiscover/>", document("a@b@c"), document(""),
        document("ann@example.org").replacing("responseschema/2006<", with: "responseschema/2007<"),
        document("ann@example.org").replacing("requestschema/2006", with: "requestschema/2005"),
        "<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>" + document("&e;"),
        document("<a>".repeated(100) + "</a>".repeated(100)), document("x".repeated(70_000)),
    ])
    func `what is no request of a known schema is 600`(_ body: String) async throws {
        let (response, _) = try await ask(body)
        #expect(try await errorCode(response) == "600")
    }

    @Test func `a POST without credentials is 401`() async throws {
        let (response, _) = try await ask(Self.document("ann@example.org"), as: false)
        #expect(response.status == 401)
        #expect(response.headers["WWW-Authenticate"]?.hasPrefix("Basic ") == true)
    }

    @Test func `a GET leads to https, and never back to itself`() async throws {
        let (plain, _) = try await ask(
            "", method: "GET", as: false, headers: ["Host": "autodiscover.example.org"], isSecure: false)
        #expect(plain.status == 302)
        #expect(plain.headers["Location"] == "https://mail.example.org:8443/autodiscover/autodiscover.xml")
        let (elsewhere, _) = try await ask("", method: "GET", as: false, headers: ["Host": "autodiscover.example.org"])
        #expect(elsewhere.status == 302)
        let (there, _) = try await ask("", method: "GET", as: false, headers: ["Host": "Mail.example.org:8443"])
        #expect(there.status == 401)
        let (put, _) = try await ask("", method: "PUT")
        #expect(put.status == 405)
    }

    @Test func `a script in a display name stays text`() async throws {
        let name = "<script>alert('x')</script>\u{1} & \"Ann\""
        for outlook in [false, true] {
            let (response, _) = try await ask(Self.document("ann@example.org", outlook: outlook), displayName: name)
            let user = try await root(response).child("Response")?.child("User")
            #expect(user?.child("DisplayName")?.text == "<script>alert('x')</script> & \"Ann\"")
        }
    }
}

extension String {
    fileprivate func repeated(_ count: Int) -> String { String(repeating: self, count: count) }

    fileprivate func replacing(_ text: String, with other: String) -> String {
        var result = ""
        var rest = self[...]
        while !rest.isEmpty {
            if rest.hasPrefix(text) {
                result += other
                rest = rest.dropFirst(text.count)
            } else {
                result.append(rest.removeFirst())
            }
        }
        return result
    }
}
