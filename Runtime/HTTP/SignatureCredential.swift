import FunctionRuntime
import MailTypes

/// `key/date/region/service/aws4_request`: whose key signed, and what for.
struct SignatureCredential: Sendable {
    let keyID: String
    /// Eight digits.
    let date: String
    let region: String
    let service: String
    /// `date/region/service/aws4_request`.
    let scope: String

    /// Reads a credential.
    init(_ text: String) throws(SignatureFailure) { try self.init(Octets(text.utf8)[...]) }

    /// Reads a credential.
    init(_ text: ArraySlice<UInt8>) throws(SignatureFailure) {
        var rest = text
        func next() throws(SignatureFailure) -> ArraySlice<UInt8> {
            guard let slash = rest.firstIndex(of: 0x2F) else { throw .incomplete("the credential is malformed") }
            defer { rest = rest[(slash + 1)...] }
            return rest[..<slash]
        }
        let (key, day, place, name) = (try next(), try next(), try next(), try next())
        guard rest.elementsEqual("aws4_request".utf8), Self.isKeyID(key), day.count == 8,
            day.allSatisfy(\.isASCIIDigit), Self.isName(place), Self.isName(name)
        else { throw .incomplete("the credential is malformed") }
        keyID = String(decoding: key, as: UTF8.self)
        date = String(decoding: day, as: UTF8.self)
        region = String(decoding: place, as: UTF8.self)
        service = String(decoding: name, as: UTF8.self)
        scope = String(decoding: text[day.startIndex...], as: UTF8.self)
    }

    private static func isName(_ text: ArraySlice<UInt8>) -> Bool {
        (1...64).contains(text.count) && text.allSatisfy { PercentCoding.isUnreserved($0) }
    }

    /// True for what can be the id of an access key.
    @inline(__always) static func isKeyID(_ text: some Collection<UInt8>) -> Bool {
        (1...128).contains(text.count) && text.allSatisfy { FieldReader.isToken($0) }
    }
}
