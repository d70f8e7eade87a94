import FunctionRuntime
import MailTypes
import Templates

/// Code that a template names and that has to become a zip before the template can be deployed
/// (reference/functions.md §3.2 "Building").
public struct BuildRequest: Sendable, Hashable {
    public enum Kind: String, Sendable {
        case function, layer
    }

    /// Where the code is.
    public enum Source: Sendable, Hashable {
        /// A folder or zip beside the template: whoever has the files builds it.
        case path(String)
        /// The text of the one file a function consists of.
        case inline(String)
        case object(bucket: String, key: String, version: String?)
    }

    public var logicalID: String
    public var kind: Kind
    public var source: Source
    /// Of a function: `python3.12`.
    public var runtime: String?
    /// Metadata's BuildMethod: `python3.12`, `nodejs22.x`, `makefile`; `none` for code that is complete as it lies there.
    public var buildMethod: String?
    public var position: SourcePosition

    /// Everything a template wants built, functions first as they stand, then layers.
    public static func all(of template: Template) -> [BuildRequest] {
        template.foreignResources.compactMap { resource in
            switch resource.type {
            case "AWS::Serverless::Function":
                return request(
                    resource, .function,
                    resource.properties["CodeUri"] ?? TemplateValue(.string("."), at: resource.position),
                    inline: resource.properties["InlineCode"])
            case "AWS::Lambda::Function":
                let code = resource.properties["Code"]
                return request(resource, .function, code, inline: code?["ZipFile"])
            case "AWS::Serverless::LayerVersion": return request(resource, .layer, resource.properties["ContentUri"])
            case "AWS::Lambda::LayerVersion": return request(resource, .layer, resource.properties["Content"])
            default: return nil
            }
        }
    }

    private static func request(
        _ resource: TemplateResource, _ kind: Kind, _ place: TemplateValue?, inline: TemplateValue? = nil
    ) -> BuildRequest? {
        if resource.properties["PackageType"]?.text == "Image" { return nil }
        let source: Source
        var method = resource.metadata?["BuildMethod"]?.text
        if let asset = asset(of: resource) {
            (source, method) = (.path(asset), "none")
        } else if let text = inline?.text {
            source = .inline(text)
        } else if let text = place?.text, !text.isEmpty {
            source = object(text) ?? .path(text)
        } else if let bucket = (place?["S3Bucket"] ?? place?["Bucket"])?.text,
            let key = (place?["S3Key"] ?? place?["Key"])?.text
        {
            source = .object(
                bucket: bucket, key: key, version: (place?["S3ObjectVersion"] ?? place?["Version"])?.text)
        } else {
            return nil
        }
        return BuildRequest(
            logicalID: resource.logicalID, kind: kind, source: source, runtime: resource.properties["Runtime"]?.text,
            buildMethod: method, position: place?.position ?? resource.position)
    }

    /// What the CDK has put beside the template that it wrote, ready to be zipped. The bucket that the template names for
    /// it is filled by the CDK's own deploy only.
    private static func asset(of resource: TemplateResource) -> String? {
        guard let metadata = resource.metadata, let path = metadata["aws:asset:path"]?.text, !path.isEmpty,
            ["Code", "Content"].contains(metadata["aws:asset:property"]?.text)
        else { return nil }
        return path
    }

    /// `s3://bucket/key`.
    private static func object(_ text: String) -> Source? {
        guard text.hasPrefix("s3://") else { return nil }
        let rest = text.dropFirst(5)
        guard let slash = rest.firstIndex(of: "/"), slash != rest.startIndex else { return nil }
        return .object(bucket: String(rest[..<slash]), key: String(rest[rest.index(after: slash)...]), version: nil)
    }
}
