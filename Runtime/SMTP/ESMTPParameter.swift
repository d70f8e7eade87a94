import MailTypes

/// One parameter behind the path of MAIL or RCPT.
///
/// `esmtp-param = esmtp-keyword ["=" esmtp-value]` (RFC 5321 §4.1.2); values may hold UTF-8 (RFC 6531 §3.3).
struct ESMTPParameter: Sendable {
    /// Most parameters of one command: all that we know, and room for a surprise.
    static let mostAllowed = 16

    /// In upper case.
    let keyword: String
    /// Nil when there is no `=`; never empty.
    let value: ArraySlice<UInt8>?

    /// Reads what stands behind a path. Refuses broken grammar, repetitions and more than `mostAllowed`.
    static func read(_ text: ArraySlice<UInt8>) throws(Dialogue.Refusal) -> [ESMTPParameter] {
        guard let first = text.first else { return [] }
        guard first == .space else { throw Dialogue.Refusal(501, "5.5.4", "a blank comes before parameters") }
        var parameters: [ESMTPParameter] = []
        for word in text.split(separator: .space) {
            let equals = word.firstIndex(of: 0x3D)
            let keyword = word[..<(equals ?? word.endIndex)]
            let value = equals.map { word[($0 + 1)...] }
            guard let start = keyword.first, start.isASCIILetter || start.isASCIIDigit,
                keyword.allSatisfy({ $0.isASCIILetter || $0.isASCIIDigit || $0 == 0x2D }), value?.isEmpty != true,
                value?.contains(0x3D) != true
            else { throw Dialogue.Refusal(501, "5.5.4", "malformed parameter") }
            let name = String(decoding: keyword.map(\.asciiUppercased), as: UTF8.self)
            guard !parameters.contains(where: { $0.keyword == name }) else {
                throw Dialogue.Refusal(501, "5.5.4", "parameter given twice")
            }
            guard parameters.count < mostAllowed else { throw Dialogue.Refusal(555, "5.5.4", "too many parameters") }
            parameters.append(ESMTPParameter(keyword: name, value: value))
        }
        return parameters
    }

    /// The value in upper case, empty when there is none.
    var upper: String { String(decoding: (value ?? []).map(\.asciiUppercased), as: UTF8.self) }

    /// For a parameter of which we know the name but not this value.
    func malformed(_ hint: String) -> Dialogue.Refusal { Dialogue.Refusal(501, "5.5.4", "\(keyword): \(hint)") }

    /// For a parameter we do not know.
    var unknown: Dialogue.Refusal { Dialogue.Refusal(555, "5.5.4", "parameter not recognized") }
}
