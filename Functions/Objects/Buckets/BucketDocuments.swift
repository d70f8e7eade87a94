import FunctionRuntime
import MailTypes
import XML

/// The documents that settings of buckets are written in.
enum BucketDocuments {
    /// The document's root; throws `MalformedXML` when it is no XML, or is called otherwise.
    static func root(_ body: Octets, _ name: String?) throws -> XMLElement {
        guard let root = try? XMLElement(parsing: body), name == nil || root.name.local == name else {
            throw ObjectsFailure.malformedXML
        }
        return root
    }

    static func readVersioning(_ body: Octets) throws -> BucketSettings.Versioning {
        let root = try root(body, "VersioningConfiguration")
        guard root.child("MfaDelete")?.trimmedText != "Enabled" else {
            throw ObjectsFailure.notImplemented("MFA delete")
        }
        switch root.child("Status")?.trimmedText {
        case "Enabled": return .enabled
        case "Suspended": return .suspended
        default: throw ObjectsFailure.malformedXML
        }
    }

    static func readTags(_ body: Octets) throws -> [(String, String)] {
        guard let set = try root(body, "Tagging").child("TagSet") else { throw ObjectsFailure.malformedXML }
        return try set.children.map { tag in
            guard tag.name.local == "Tag", let key = tag.child("Key"), let value = tag.child("Value") else {
                throw ObjectsFailure.malformedXML
            }
            return (key.text, value.text)
        }
    }

    static func tagging(_ tags: [String: String]) -> ObjectsDocument {
        var document = ObjectsDocument("Tagging")
        document.add("TagSet") { document in
            for (key, value) in tags.sorted(by: { $0.key < $1.key }) {
                document.add("Tag") {
                    $0.add("Key", key)
                    $0.add("Value", value)
                }
            }
        }
        return document
    }

    /// The one ACL there is: the account's own.
    static func accessControl(_ account: String) -> ObjectsDocument {
        var document = ObjectsDocument("AccessControlPolicy")
        document.addOwner(account)
        document.add("AccessControlList") { document in
            document.add("Grant") { document in
                document.addRaw(
                    "<Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"CanonicalUser\">")
                document.add("ID", account)
                document.add("DisplayName", account)
                document.addRaw("</Grantee>")
                document.add("Permission", "FULL_CONTROL")
            }
        }
        return document
    }

    /// Content is always encrypted.
    static var encryption: ObjectsDocument {
        var document = ObjectsDocument("ServerSideEncryptionConfiguration")
        document.add("Rule") { document in
            document.add("ApplyServerSideEncryptionByDefault") { $0.add("SSEAlgorithm", "AES256") }
            document.add("BucketKeyEnabled", false)
        }
        return document
    }

    /// Nothing is ever public.
    static var publicAccessBlock: ObjectsDocument {
        var document = ObjectsDocument("PublicAccessBlockConfiguration")
        for name in ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"] {
            document.add(name, true)
        }
        return document
    }
}

extension ObjectsDocument {
    /// Markup of ours, as it is.
    mutating func addRaw(_ markup: StaticString) { appendRaw("\(markup)") }
}
