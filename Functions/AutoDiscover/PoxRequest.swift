import FunctionRuntime
import MailTypes
import XML

/// What a POX document asks.
struct PoxRequest: Sendable, Equatable {
    enum Schema: String, Sendable {
        case mobileSync = "mobilesync"
        case outlook
    }

    let schema: Schema
    /// Nil when only a LegacyDN is given.
    let address: Address?
    let legacyDN: String?

    private static let base = "http://schemas.microsoft.com/exchange/autodiscover/"

    /// Reads a document; nil when it is malformed, of another schema, or names nobody.
    ///
    /// The content type does not matter (`curl -d` sends a form's), white space around values does not either, and
    /// `EMailAddress` and `EmailAddress` are the same element.
    init?(_ document: Octets) {
        let limits = XMLLimits(octets: AutoDiscover.documentOctets, depth: 8, elements: 64, attributes: 16)
        guard let root = try? XMLElement(parsing: document, limits: limits), root.name.local == "Autodiscover",
            let request = root.child("Request", in: root.name.namespace),
            let acceptable = request.child("AcceptableResponseSchema")?.trimmedText
        else { return nil }
        switch (root.name.namespace, acceptable) {
        case (Self.base + "mobilesync/requestschema/2006", Self.base + "mobilesync/responseschema/2006"):
            schema = .mobileSync
        case (Self.base + "outlook/requestschema/2006", Self.base + "outlook/responseschema/2006a"):
            schema = .outlook
        default: return nil
        }
        let named = request.children.first { $0.name.local.utf8.equalsIgnoringASCIICase("EMailAddress".utf8) }
        let text = named?.trimmedText ?? ""
        legacyDN = schema == .outlook ? request.child("LegacyDN")?.trimmedText : nil
        address = Address(text)
        guard address != nil || text.isEmpty && legacyDN?.isEmpty == false else { return nil }
    }

    /// True when this is one of the entity's own names.
    func isAbout(_ entity: Entity) -> Bool {
        if let address { return entity.email == address || entity.aliases.contains(address) }
        return legacyDN?.utf8.equalsIgnoringASCIICase(OutlookAnswer.legacyDN(of: entity).utf8) == true
    }
}
