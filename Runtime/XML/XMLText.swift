/// Text on its way into a document.
public enum XMLText {
    /// The text for element content or a quoted attribute value: `& < > " '` as references, a lone CR as one too, and
    /// without the characters that XML 1.0 §2.2 does not know, which would make the whole document unreadable.
    public static func escape(_ text: some StringProtocol) -> String {
        var result = ""
        result.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x26: result += "&amp;"
            case 0x3C: result += "&lt;"
            case 0x3E: result += "&gt;"
            case 0x22: result += "&quot;"
            case 0x27: result += "&#39;"
            case 0x0D: result += "&#13;"
            case 0x09, 0x0A, 0x20...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: result.unicodeScalars.append(scalar)
            default: continue
            }
        }
        return result
    }
}
