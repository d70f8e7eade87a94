import FunctionRuntime
import MailTypes

/// The Authorization field of Signature Version 4, taken apart once: its service chooses the route before its signature is
/// checked. Whether anything of it is true, verification finds out.
struct AuthorizationField: Sendable {
    /// What request after request of a client says alike; shared, not copied.
    private final class Scope: Sendable {
        let credential: Result<SignatureCredential, SignatureFailure>?
        let signedFields: Result<[String], SignatureFailure>?

        init(
            _ credential: Result<SignatureCredential, SignatureFailure>?,
            _ signedFields: Result<[String], SignatureFailure>?
        ) { (self.credential, self.signedFields) = (credential, signedFields) }
    }

    private static let partsMax = 8

    private let scope: Scope
    private(set) var signature: String?

    /// `Credential`, understood; nil when it is missing.
    var credential: Result<SignatureCredential, SignatureFailure>? { scope.credential }
    /// `SignedHeaders`, understood: lower-case names, ascending.
    var signedFields: Result<[String], SignatureFailure>? { scope.signedFields }

    /// The field of a request that has one such and no other; nil when it has none, or it cannot be read.
    init?(of request: HTTPRequest) {
        guard let field = request.headers["Authorization"], field.hasOctetPrefix(SignatureClaim.algorithm),
            let read = try? AuthorizationField(field)
        else { return nil }
        self = read
    }

    /// Reads `name=value, name=value` after the algorithm; each name once.
    init(_ field: String) throws(SignatureFailure) {
        let octets = Octets(field.utf8)
        var names: [String] = []
        var credential: Result<SignatureCredential, SignatureFailure>?
        var signedFields: Result<[String], SignatureFailure>?
        var place = SignatureClaim.algorithm.utf8.count
        while place < octets.count {
            let end = octets[place...].firstIndex(of: 0x2C) ?? octets.count
            defer { place = end + 1 }
            guard place < end else { continue }
            var part = octets[place..<end]
            while part.first?.isBlank == true { part.removeFirst() }
            guard let equals = part.firstIndex(of: 0x3D) else { throw .incomplete("a part has no '='") }
            let name = String(decoding: part[..<equals], as: UTF8.self)
            var value = part[(equals + 1)...]
            while value.last?.isBlank == true { value.removeLast() }
            guard !names.contains(name) else { throw .incomplete("a part is there twice") }
            names.append(name)
            guard names.count <= Self.partsMax else { throw .incomplete("there are too many parts") }
            switch name {
            case "Credential": credential = Self.credential(value)
            case "SignedHeaders": signedFields = Self.signedFields(value)
            case "Signature": signature = String(decoding: value, as: UTF8.self)
            default: break
            }
        }
        scope = Scope(credential, signedFields)
    }

    /// The same field with another signature.
    func signed(_ signature: String) -> AuthorizationField {
        var field = self
        field.signature = signature
        return field
    }

    private static func signedFields(_ value: ArraySlice<UInt8>) -> Result<[String], SignatureFailure> {
        do throws(SignatureFailure) {
            return .success(try SignatureClaim.signedFields(value))
        } catch { return .failure(error) }
    }

    private static func credential(_ value: ArraySlice<UInt8>) -> Result<SignatureCredential, SignatureFailure> {
        do throws(SignatureFailure) {
            return .success(try SignatureCredential(value))
        } catch { return .failure(error) }
    }
}
