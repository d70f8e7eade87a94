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
        // Every other service normalises and encodes what was on the wire once more. Most paths are as they should be.
        if isCanonical(wire) { return [wire] }
        var result: Octets = []
        result.reserveCapacity(wire.count + 16)
        // Where each segment that counts begins, for `..` to go back to.
        var starts: [Int] = []
        var end = 0
        while end < wire.count {
            let start = end
            end = wire[start...].firstIndex(of: 0x2F) ?? wire.count
            let part = wire[start..<end]
            end += 1
            if part.isEmpty || part.count == 1 && part.first == 0x2E { continue }
            if part.count == 2, part.first == 0x2E, part.last == 0x2E {
                if let start = starts.popLast() { result.removeLast(result.count - start) }
                continue
            }
            starts.append(result.count)
            result.append(0x2F)
            if part.allSatisfy(PercentCoding.isUnreserved) {
                result += part
            } else {
                result += PercentCoding.encode(part)
            }
        }
        if result.isEmpty || wire.last == 0x2F { result.append(0x2F) }
        return [result]
    }

    /// True for a path of unreserved octets whose segments neither are empty nor begin with a dot.
    private static func isCanonical(_ path: Octets) -> Bool {
        guard path.first == 0x2F else { return false }
        var isAtStart = false
        for octet in path {
            let isSlash = octet == 0x2F
            guard isSlash ? !isAtStart : PercentCoding.isUnreserved(octet) && !(isAtStart && octet == 0x2E) else {
                return false
            }
            isAtStart = isSlash
        }
        return true
    }

    /// Names and values encoded anew, sorted by name, then value; `name=` for empty values.
    static func canonicalQuery(_ query: String, dropping dropped: String? = nil) -> Octets {
        guard !query.isEmpty else { return [] }
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
        result.reserveCapacity(512)
        for name in names {
            var isThere = false
            for field in fields.fields where field.name.utf8.equalsIgnoringASCIICase(name.utf8) {
                if isThere {
                    result.append(0x2C)
                } else {
                    result += name.utf8
                    result.append(0x3A)
                }
                isThere = true
                append(field.value, to: &result)
            }
            guard isThere else { return nil }
            result.append(.lf)
        }
        return result
    }

    /// Appends a value without blanks around it, each run of blanks within as one.
    private static func append(_ value: String, to result: inout Octets) {
        let start = result.count
        result += value.utf8
        // Nearly every value has single blanks, and only within.
        guard hasExtraBlanks(result[start...]) else { return }
        result.removeLast(result.count - start)
        var isBlankBefore = false
        for octet in value.utf8 {
            if octet.isBlank {
                isBlankBefore = true
                continue
            }
            if isBlankBefore, result.count > start { result.append(.space) }
            isBlankBefore = false
            result.append(octet)
        }
    }

    private static func hasExtraBlanks(_ value: ArraySlice<UInt8>) -> Bool {
        var isBlankBefore = true
        for octet in value {
            let isBlank = octet.isBlank
            if isBlank, isBlankBefore || octet == .tab { return true }
            isBlankBefore = isBlank
        }
        return isBlankBefore && !value.isEmpty
    }

    /// The canonical request: what was asked, in one spelling.
    static func canonicalRequest(
        method: String, path: Octets, query: Octets, fields: Octets, names: [String], payloadHash: String
    ) -> Octets {
        var result: Octets = []
        result.reserveCapacity(path.count + query.count + fields.count + 256)
        result += method.utf8
        result.append(.lf)
        result += path
        result.append(.lf)
        result += query
        result.append(.lf)
        result += fields
        for (index, name) in names.enumerated() {
            result.append(index == 0 ? .lf : 0x3B)
            result += name.utf8
        }
        result.append(.lf)
        result += payloadHash.utf8
        return result
    }

    /// The string that the key signs.
    static func stringToSign(_ canonicalRequest: Octets, at time: String, scope: String) -> Octets {
        var result: Octets = []
        result.reserveCapacity(192)
        for part in [SignatureClaim.algorithm, time, scope] {
            result += part.utf8
            result.append(.lf)
        }
        result += Hexadecimal.encode(SHA256.digest(canonicalRequest)).utf8
        return result
    }

    /// The key of one day, region and service.
    static func signingKey(_ secret: Secret<String>, date: String, region: String, service: String)
        -> HMACSHA256Key
    {
        var key = Octets("AWS4\(secret.reveal())".utf8)
        for part in [date, region, service, "aws4_request"] {
            key = HMACSHA256.authenticate(Octets(part.utf8), key: key)
        }
        return HMACSHA256Key(key)
    }

    /// The signature in hexadecimal.
    static func signature(_ stringToSign: Octets, key: HMACSHA256Key) -> String {
        Hexadecimal.encode(key.authenticate(stringToSign))
    }
}
