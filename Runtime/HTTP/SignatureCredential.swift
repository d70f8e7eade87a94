import FunctionRuntime
import MailTypes

/// `key/date/region/service/aws4_request`: whose key signed, and what for.
struct SignatureCredential: Sendable {
    let keyID: String
    /// Eight digits.
    let date: String
    let region: String
    let service: String

    /// Reads a credential.
    init(_ text: String) throws(SignatureFailure) { try self.init(Octets(text.utf8)[...]) }

    /// Reads a credential.
    init(_ text: ArraySlice<UInt8>) throws(SignatureFailure) {
        let parts = text.split(separator: 0x2F, maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 5, parts[4].elementsEqual("aws4_request".utf8), Self.isKeyID(parts[0]),
            parts[1].count == 8, parts[1].allSatisfy(\.isASCIIDigit)
        else { throw .incomplete("the credential is malformed") }
        for name in parts[2...3] {
            guard (1...64).contains(name.count), name.allSatisfy({ PercentCoding.isUnreserved($0) }) else {
                throw .incomplete("the credential is malformed")
            }
        }
        keyID = String(decoding: parts[0], as: UTF8.self)
        date = String(decoding: parts[1], as: UTF8.self)
        region = String(decoding: parts[2], as: UTF8.self)
        service = String(decoding: parts[3], as: UTF8.self)
    }

    /// True for what can be the id of an access key.
    static func isKeyID(_ text: some Collection<UInt8>) -> Bool {
        (1...128).contains(text.count) && text.allSatisfy { FieldReader.isToken[Int($0)] }
    }
}
