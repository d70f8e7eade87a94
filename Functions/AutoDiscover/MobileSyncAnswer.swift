import FunctionRuntime
import MailTypes
import XML

/// The answer in the mobilesync schema, with the particulars phones have come to expect: the culture is `en:us` and the
/// name of the server is its address (reference/clients-and-interop.md §2.3).
enum MobileSyncAnswer {
    /// The document.
    static func document(_ user: Entity, _ email: Address, _ settings: AutoDiscoverSettings) -> String {
        let url = XMLText.escape(settings.activeSyncURL)
        let name = XMLText.escape(user.displayName.isEmpty ? user.name : user.displayName)
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006" \
            xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
              <Response xmlns="http://schemas.microsoft.com/exchange/autodiscover/mobilesync/responseschema/2006">
                <Culture>en:us</Culture>
                <User>
                  <DisplayName>\(name)</DisplayName>
                  <EMailAddress>\(XMLText.escape(email.description))</EMailAddress>
                </User>
                <Action>
                  <Settings>
                    <Server>
                      <Type>MobileSync</Type>
                      <Url>\(url)</Url>
                      <Name>\(url)</Name>
                    </Server>
                  </Settings>
                </Action>
              </Response>
            </Autodiscover>
            """
    }
}
