import Cryptography
import FunctionRuntime
import MailTypes

/// AWS Signature Version 4: the strings and keys both sides compute (reference/functions.md §4.4).
public enum SignatureV4 {
    /// Hexadecimal SHA-256 of nothing.
    static let emptyHash = Hexadecimal.encode(SHA256.digest([]))

    /// The path as it is signed. Two spellings for s3: as on the wire, and encoded anew where a client was lax.
    static func canonicalPaths(_ path: String, service: String) -> [Octets] {
        let wire = Octets(path.utf8)
        if service == "s3" {
            guard let decoded = PercentCoding.decode(wire) else { return [wire] }
            let clean = PercentCoding.encode(decoded, keepingSlash: true)
            return clean == wire ? [wire] : [wire, clean]
        }
        // Every other service normalises and encodes what was on the wire once more.
        var segments: [Octets] = []
        let parts = wire.split(separator: 0x2F, omittingEmptySubsequences: true).map { Octets($0) }
        for part in parts {
            switch part {
            case [0x2E]: break
            case [0x2E, 0x2E]: _ = segments.popLast()
            default: segments.append(part)
            }
        }
        var result: Octets = []
        for segment in segments { result += [0x2F] + PercentCoding.encode(segment) }
        if result.isEmpty || wire.last == 0x2F { result.append(0x2F) }
        return [result]
    }

    /// Names and values encoded anew, sorted by name, then value; `name=` for empty values.
    static func canonicalQuery(_ query: String, dropping dropped: String? = nil) -> Octets {
        func encoded(_ part: Substring.UTF8View) -> Octets {
            let raw = Octets(part)
            return PercentCoding.encode(PercentCoding.decode(raw, plusIsSpace: true) ?? raw)
        }
        var items: [(name: Octets, value: Octets)] = []
        for item in query.utf8.split(separator: 0x26) {
            let equals = item.firstIndex(of: 0x3D)
            let name = encoded(equals.map { item[..<$0] } ?? item)
            if let dropped, name.elementsEqual(dropped.utf8) { continue }
            items.append((name, equals.map { encoded(item[item.index(after: $0)...]) } ?? []))
        }
        items.sort { left, right in
            left.name == right.name
                ? left.value.lexicographicallyPrecedes(right.value) : left.name.lexicographicallyPrecedes(right.name)
        }
        return Octets(items.map { $0.name + [0x3D] + $0.value }.joined(separator: [0x26]))
    }

    /// `name:value` lines of these names; nil when one of them is not there. Runs of blanks become one.
    static func canonicalFields(_ fields: HTTPFields, _ names: [String]) -> Octets? {
        var result: Octets = []
        for name in names {
            let values = fields.values(of: name)
            guard !values.isEmpty else { return nil }
            result += name.utf8
            result.append(0x3A)
            for (index, value) in values.enumerated() {
                if index > 0 { result.append(0x2C) }
                result += value.utf8.split(whereSeparator: \.isBlank).map { Octets($0) }.joined(separator: [.space])
            }
            result.append(.lf)
        }
        return result
    }

    /// The canonical request: what was asked, in one spelling.
    static func canonicalRequest(
        method: String, path: Octets, query: Octets, fields: Octets, names: [String], payloadHash: String
    ) -> Octets {
        var result = Octets(method.utf8)
        for part in [path, query, fields, Octets(names.joined(separator: ";").utf8), Octets(payloadHash.utf8)] {
            result.append(.lf)
            result += part
        }
        return result
    }

    /// The string that the key signs.
    static func stringToSign(_ canonicalRequest: Octets, at time: String, scope: String) -> Octets {
        Octets("\(SignatureClaim.algorithm)\n\(time)\n\(scope)\n".utf8)
            + Octets(Hexadecimal.encode(SHA256.digest(canonicalRequest)).utf8)
    }

    /// The key of one day, region and service.
    static func signingKey(_ secret: Secret<String>, date: String, region: String, service: String) -> Octets {
        var key = Octets("AWS4\(secret.reveal())".utf8)
        for part in [date, region, service, "aws4_request"] {
            key = HMACSHA256.authenticate(Octets(part.utf8), key: key)
        }
        return key
    }

    /// The signature in hexadecimal.
    static func signature(_ stringToSign: Octets, key: Octets) -> String {
        Hexadecimal.encode(HMACSHA256.authenticate(stringToSign, key: key))
    }
}
