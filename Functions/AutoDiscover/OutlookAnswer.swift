import FunctionRuntime
import MailTypes
import XML

/// The answer in the outlook schema (2006a): the protocols that are served, best first.
enum OutlookAnswer {
    /// The name Exchange's protocols know a mailbox by.
    static func legacyDN(of user: Entity) -> String {
        "/O=\(user.organization.text)/OU=Amazon WorkMail/CN=Recipients/CN=\(user.id.text)"
    }

    /// The document.
    static func document(_ user: Entity, _ email: Address, _ settings: AutoDiscoverSettings) -> String {
        let name = XMLText.escape(user.displayName.isEmpty ? user.name : user.displayName)
        let address = XMLText.escape(email.description)
        var protocols: [String] = []
        if settings.servesEWS {
            protocols += [exchange("EXCH", settings, user), exchange("EXPR", settings, user)]
        }
        if let port = settings.imapsPort {
            protocols.append(mail("IMAP", settings, port, encryption: "SSL", address))
        } else if let port = settings.imapPort {
            protocols.append(mail("IMAP", settings, port, encryption: "TLS", address))
        }
        if let port = settings.submissionsPort {
            protocols.append(mail("SMTP", settings, port, encryption: "SSL", address))
        } else if let port = settings.submissionPort {
            protocols.append(mail("SMTP", settings, port, encryption: "TLS", address))
        }
        return """
            <?xml version="1.0" encoding="utf-8"?>
            <Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006">
              <Response xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a">
                <User>
                  <DisplayName>\(name)</DisplayName>
                  <LegacyDN>\(XMLText.escape(legacyDN(of: user)))</LegacyDN>
                  <AutoDiscoverSMTPAddress>\(address)</AutoDiscoverSMTPAddress>
                  <DeploymentId>\(deployment(of: user))</DeploymentId>
                </User>
                <Account>
                  <AccountType>email</AccountType>
                  <Action>settings</Action>
            \(protocols.joined(separator: "\n"))
                </Account>
              </Response>
            </Autodiscover>
            """
    }

    /// A UUID that is the same for all users of an organization: its id's 32 digits.
    private static func deployment(of user: Entity) -> String {
        let digits = user.organization.text.hasPrefix("m-") ? user.organization.text.dropFirst(2) : ""
        return (Identifier128(digits) ?? Identifier128(high: 0, low: 0)).description
    }

    /// IMAP or SMTP with the whole address as login name. `SPA` is NTLM, which is not spoken here.
    private static func mail(
        _ type: String, _ settings: AutoDiscoverSettings, _ port: Int, encryption: String, _ login: String
    ) -> String {
        """
              <Protocol>
                <Type>\(type)</Type>
                <Server>\(XMLText.escape(settings.hostname))</Server>
                <Port>\(port)</Port>
                <LoginName>\(login)</LoginName>
                <DomainRequired>off</DomainRequired>
                <SPA>off</SPA>
                <SSL>\(encryption == "SSL" ? "on" : "off")</SSL>
                <Encryption>\(encryption)</Encryption>
                <AuthRequired>on</AuthRequired>\(type == "SMTP" ? "\n        <UsePOPAuth>off</UsePOPAuth>" : "")
              </Protocol>
        """
    }

    /// EXCH (inside) and EXPR (outside) name the same web services: there is one way in.
    private static func exchange(_ type: String, _ settings: AutoDiscoverSettings, _ user: Entity) -> String {
        let url = XMLText.escape(settings.ewsURL)
        let dn = XMLText.escape(legacyDN(of: user))
        let server = "<ServerDN>\(dn)</ServerDN>\n        <ServerVersion>73C18880</ServerVersion>\n        "
        return """
                  <Protocol>
                    <Type>\(type)</Type>
                    <Server>\(XMLText.escape(settings.hostname))</Server>
                    \(type == "EXCH" ? server : "<SSL>On</SSL>\n        <AuthPackage>Basic</AuthPackage>\n        ")\
            <ASUrl>\(url)</ASUrl>
                    <EwsUrl>\(url)</EwsUrl>
                    <OOFUrl>\(url)</OOFUrl>
                  </Protocol>
            """
    }
}
