import MailTypes
import XML

/// The error document of POX AutoDiscover. Its HTTP status is 200, as clients expect.
enum PoxError: Int, Sendable {
    /// One answer for foreign domains, unknown users and other people's mailboxes.
    case noSuchAddress = 500
    case invalidRequest = 600

    private var message: String {
        switch self {
        case .noSuchAddress: "The email address cannot be found."
        case .invalidRequest: "Invalid Request"
        }
    }

    /// The document.
    func document(at now: Timestamp, id: Identifier128) -> String {
        // `2026-11-20T17:36:18.123Z` holds the time of day that the attribute wants.
        let time = now.rfc3339.dropFirst(11).dropLast()
        return """
            <?xml version="1.0" encoding="utf-8"?>
            <Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006">
              <Response>
                <Error Time="\(time)" Id="\(UInt32(truncatingIfNeeded: id.low))">
                  <ErrorCode>\(rawValue)</ErrorCode>
                  <Message>\(message)</Message>
                  <DebugData />
                </Error>
              </Response>
            </Autodiscover>
            """
    }
}
