import FunctionRuntime
import MailTypes

/// What `x-amz-copy-source` names: `/bucket/key?versionId=…`, percent-encoded.
struct CopySource: Equatable {
    let bucket: String
    let key: String
    let version: String?

    /// Reads a field.
    init(_ field: String) throws {
        let problem = ObjectsFailure.invalidArgument(
            "Copy Source must mention the source bucket and key: sourcebucket/sourcekey", "x-amz-copy-source", field)
        guard field.utf8.count <= 4096 else { throw problem }
        var path = Octets(field.utf8)
        var version: String?
        // A question mark in a key is encoded; this one begins the version.
        let mark = "?versionId="
        if let start = path.firstRange(of: Octets(mark.utf8)) {
            version = Octets(path[(start + mark.utf8.count)...]).text
            path = Octets(path[..<start])
        }
        if path.first == 0x2F { path.removeFirst() }
        guard let slash = path.firstIndex(of: 0x2F),
            let bucket = PercentCoding.decode(path[..<slash]).flatMap({ String(validating: $0, as: UTF8.self) }),
            let key = PercentCoding.decode(path[(slash + 1)...]).flatMap({ String(validating: $0, as: UTF8.self) }),
            !bucket.isEmpty, !key.isEmpty
        else { throw problem }
        (self.bucket, self.key, self.version) = (bucket, key, version)
    }
}

extension Octets {
    /// Where these octets begin for the first time.
    fileprivate func firstRange(of octets: Octets) -> Int? {
        guard count >= octets.count else { return nil }
        return (0...(count - octets.count)).first { self[$0...].starts(with: octets) }
    }
}
