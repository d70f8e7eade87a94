import AWSWire
import MailTypes

/// A 128-bit number that a text always gives, for ids that must come out the same again. Nothing secret depends on it.
enum Fingerprint {
    /// The number's 32 hexadecimal digits.
    static func hex(_ text: String) -> String { Identifier128(high: mixed(text, 1), low: mixed(text, 2)).hex }

    /// Its octets, four numbers long: as long as a verification token is.
    static func octets(_ text: String) -> Octets {
        Identifier128(high: mixed(text, 3), low: mixed(text, 4)).octets
            + Identifier128(high: mixed(text, 5), low: mixed(text, 6)).octets
    }

    /// FNV-1a over the text after a salt, finished by SplitMix64 so that each bit depends on each octet.
    private static func mixed(_ text: String, _ salt: UInt64) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ (salt &* 0x9E37_79B9_7F4A_7C15)
        for octet in text.utf8 { hash = (hash ^ UInt64(octet)) &* 0x100_0000_01B3 }
        hash = (hash ^ (hash >> 30)) &* 0xBF58_476D_1CE4_E5B9
        hash = (hash ^ (hash >> 27)) &* 0x94D0_49BB_1331_11EB
        return hash ^ (hash >> 31)
    }
}
